//! Why a command cannot go on.

use std::fmt;
use std::path::Path;

/// The end of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// The sentence to print: it names what was wrong and what to do about it.
    pub text: String,
    /// The exit code.
    pub code: u8,
}

impl Stop {
    /// It cannot be done.
    pub fn new(text: impl Into<String>) -> Stop {
        let (text, code) = (text.into(), 1);
        Stop { text, code }
    }

    /// Nobody can do what the arguments say; clap ends with the same code for those that it refuses.
    pub fn arguments(text: impl Into<String>) -> Stop {
        let (text, code) = (text.into(), 2);
        Stop { text, code }
    }

    /// A file or folder that could not be used. `deed` is what was to be done, as in "read" or "write".
    pub fn path(deed: &str, path: &Path, error: &dyn fmt::Display) -> Stop {
        Stop::new(format!("Cannot {deed} {}: {error}.", path.display()))
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Stop {}

impl From<String> for Stop {
    fn from(sentence: String) -> Stop {
        Stop::new(sentence)
    }
}

impl From<&str> for Stop {
    fn from(sentence: &str) -> Stop {
        Stop::new(sentence)
    }
}
