//! Why a command cannot go on.

use std::fmt;
use std::path::Path;

/// The end of a command, as the sentence to print: it names what was wrong and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop(pub String);

impl Stop {
    /// A file or folder that could not be used. `deed` is what was to be done, as in "read" or "write".
    pub fn path(deed: &str, path: &Path, error: &dyn fmt::Display) -> Stop {
        Stop(format!("Cannot {deed} {}: {error}.", path.display()))
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Stop {}

impl From<String> for Stop {
    fn from(sentence: String) -> Stop {
        Stop(sentence)
    }
}

impl From<&str> for Stop {
    fn from(sentence: &str) -> Stop {
        Stop(sentence.to_owned())
    }
}
