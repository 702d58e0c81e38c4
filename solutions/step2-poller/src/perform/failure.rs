//! The reasons why a job can fail.

use std::error::Error;

/// A worker's own error, which may be any error type. [`Worker::perform`](crate::Worker::perform)
/// returns it, so `?` works on every error in a worker.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// The reason why a job failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// No worker is registered for the job's class. It may come with the next deployment.
    #[error("no worker is registered for the class {0}")]
    UnknownClass(String),

    /// The arguments are not those that the worker expects.
    #[error("{class} does not take these arguments: {reason}")]
    WrongArgs {
        /// The job's class.
        class: String,
        /// The mismatch, and its position.
        reason: serde_json::Error,
    },

    /// The worker returned an error.
    #[error("{0}")]
    Failed(BoxError),
}
