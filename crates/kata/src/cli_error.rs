//! The error that ends a command.

use std::fmt;
use std::path::Path;

/// The error that ends a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CliError {
    /// The message to print. It names what is wrong and what to do about it.
    pub text: String,
    /// The exit code.
    pub code: u8,
}

impl CliError {
    /// Creates an error with the exit code 1.
    pub fn new(text: impl Into<String>) -> CliError {
        let (text, code) = (text.into(), 1);
        CliError { text, code }
    }

    /// Creates an error for wrong arguments, with the exit code 2. It is the code that clap uses
    /// for them, too.
    pub fn arguments(text: impl Into<String>) -> CliError {
        let (text, code) = (text.into(), 2);
        CliError { text, code }
    }

    /// Creates the error for a file or folder that cannot be used. `action` is a verb, such as
    /// "read" or "write".
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
