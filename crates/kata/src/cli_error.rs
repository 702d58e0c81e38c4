//! The error that ends a command.

use std::fmt;
use std::path::Path;

use crate::Outcome;

/// The error that ends a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CliError {
    /// The message to print. It names what is wrong and what to do about it. It is empty if the
    /// command was cancelled, because its reader knows that.
    pub text: String,
    /// How the command ends.
    pub outcome: Outcome,
}

impl CliError {
    /// Creates an error with the exit code 1.
    pub fn new(text: impl Into<String>) -> CliError {
        CliError {
            text: text.into(),
            outcome: Outcome::FAILURE,
        }
    }

    /// Creates an error for wrong arguments, with the exit code 2.
    pub fn arguments(text: impl Into<String>) -> CliError {
        CliError {
            text: text.into(),
            outcome: Outcome::WRONG_ARGUMENTS,
        }
    }

    /// Creates the error of a command that was cancelled.
    pub fn cancelled() -> CliError {
        CliError {
            text: String::new(),
            outcome: Outcome::Cancelled,
        }
    }

    /// Creates the error for a file or folder that cannot be used. `action` is a verb, such as
    /// "read" or "write".
    pub fn path(action: &str, path: &Path, error: &dyn fmt::Display) -> CliError {
        CliError::new(format!("Cannot {action} {}: {error}.", path.display()))
    }

    /// Returns true if the command was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.outcome == Outcome::Cancelled
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for CliError {}

impl<T: Into<String>> From<T> for CliError {
    fn from(sentence: T) -> CliError {
        CliError::new(sentence)
    }
}
