//! Why a job was not performed.

use std::error::Error;

/// What a worker's own error is: anything that can be shown. [`Worker::perform`](crate::Worker::perform) returns it, so
/// `?` works on every error in a worker.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// Why a job was not performed, or not to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// No worker is registered under the job's class. Perhaps it comes with the next deploy.
    #[error("no worker is registered for the class {0}")]
    UnknownClass(String),

    /// The arguments are not those that the worker takes.
    #[error("{class} does not take these arguments: {source}")]
    WrongArgs {
        /// The job's class.
        class: String,
        /// What does not fit, and where.
        source: serde_json::Error,
    },

    /// The worker returned an error.
    #[error("{0}")]
    Failed(BoxError),

    /// The worker panicked, with this message.
    #[error("panicked: {0}")]
    Panicked(String),
}

impl Failure {
    /// What a panic said: `panic!` leaves a `&str`, or a `String` if it had arguments.
    pub(crate) fn panicked(panic: &(dyn std::any::Any + Send)) -> Failure {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        Failure::Panicked(text.unwrap_or_else(|| "something that is no text".to_owned()))
    }

    /// The name of the variant, which a job keeps as its `error_class`. A boxed error has forgotten its own type's name.
    pub fn class(&self) -> &'static str {
        match self {
            Failure::UnknownClass(_) => "UnknownClass",
            Failure::WrongArgs { .. } => "WrongArgs",
            Failure::Failed(_) => "Failed",
            Failure::Panicked(_) => "Panicked",
        }
    }
}
