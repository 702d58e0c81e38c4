//! The error type of this library.

/// An error of this library; its message contains the reason. A job that is rejected before it is
/// sent to Redis is not written at all. After [`Error::Unreachable`] and [`Error::Refused`], see
/// the method for what may have been written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The class is empty or not a string, so no worker can be found for the job.
    #[error("a job needs a class, the name of the worker that performs it; got {0}")]
    InvalidClass(String),

    /// The arguments do not serialize to a JSON array. Each element is one parameter of the worker,
    /// so a single argument is `["x"]`, and an empty list of arguments is `[]`.
    #[error("args must be a JSON array with one element per parameter, for example [\"hits\", 1]; got {0}")]
    ArgsNotArray(String),

    /// The queue's name is empty or not a string.
    #[error("a queue needs a name, for example \"default\"; got {0}")]
    InvalidQueue(String),

    /// A setting of [`Config`](crate::Config) is outside its valid range.
    #[error("invalid setting `{field}`: it must be {range}")]
    InvalidConfig {
        /// The name of the field.
        field: &'static str,
        /// The valid range.
        range: &'static str,
    },

    /// The payload is not a job: it is not UTF-8, not a JSON object, or it has no class or no array
    /// of arguments.
    #[error("invalid job payload: {0}")]
    InvalidPayload(String),

    /// A value cannot be written as JSON, for example a map whose keys are not strings.
    #[error("cannot be written as JSON: {0}")]
    Json(serde_json::Error),

    /// The text is not a Redis URL. The message does not show the password.
    #[error("`{url}` is not the URL of a Redis, which looks like redis://127.0.0.1:6379/0: {reason}")]
    InvalidUrl {
        /// The scheme of the URL. The rest may contain a password.
        url: String,
        /// The reason, from the `redis` crate.
        reason: redis::RedisError,
    },

    /// Redis does not reply: it is not running, the network does not lead to it, it is too slow, or
    /// the connection broke.
    #[error("cannot reach Redis at {address}: {reason}")]
    Unreachable {
        /// Host and port, or the path of the Unix socket.
        address: String,
        /// The I/O error.
        reason: redis::RedisError,
    },

    /// Redis replied with an error: it is full, read-only or needs a password, or a key has another
    /// type.
    #[error("Redis at {address} refused: {reason}")]
    Refused {
        /// Host and port, or the path of the Unix socket.
        address: String,
        /// The error that Redis returned.
        reason: redis::RedisError,
    },

    /// The operating system cannot start another thread.
    #[error("cannot start a thread: {0}")]
    Thread(std::io::Error),
}

impl From<serde_json::Error> for Error {
    fn from(reason: serde_json::Error) -> Error {
        Error::Json(reason)
    }
}
