//! Why a command cannot go on.

use std::fmt;
use std::path::Path;

/// The end of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CliError {
    /// The sentence to print: it names what was wrong and what to do about it.
    pub text: String,
    /// The exit code.
    pub code: u8,
}

impl CliError {
    /// It cannot be done.
    pub fn new(text: impl Into<String>) -> CliError {
        let (text, code) = (text.into(), 1);
        CliError { text, code }
    }

    /// Nobody can do what the arguments say; clap ends with the same code for those that it refuses.
    pub fn arguments(text: impl Into<String>) -> CliError {
        let (text, code) = (text.into(), 2);
        CliError { text, code }
    }

    /// A file or folder that could not be used. `deed` is what was to be done, as in "read" or "write".
    pub fn path(action: &str, path: &Path, error: &dyn fmt::Display) -> CliError {
        CliError::new(format!("Cannot {action} {}: {error}.", path.display()))
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for CliError {}

impl From<String> for CliError {
    fn from(sentence: String) -> CliError {
        CliError::new(sentence)
    }
}

impl From<&str> for CliError {
    fn from(sentence: &str) -> CliError {
        CliError::new(sentence)
    }
}
