//! What can go wrong, so that callers can match on it.

/// What can go wrong. A job that is refused before it reaches Redis is not written at all; of [`Error::Unreachable`] and
/// [`Error::Refused`] each method says what may have happened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The class is empty or no string, so no worker could be found for the job.
    #[error("a job needs a class, the name of the worker that performs it; got {0}")]
    NoClass(String),

    /// The arguments do not serialise to a JSON array. One element stands for one parameter, so even a single
    /// argument is `["x"]`, and none at all is `[]`.
    #[error("args must be a JSON array with one element per parameter, for example [\"hits\", 1]; got {0}")]
    ArgsNotArray(String),

    /// The queue's name is empty or no string.
    #[error("a queue needs a name, for example \"default\"; got {0}")]
    NoQueue(String),

    /// The bytes are no job: not UTF-8 or not JSON, no object, or one without a class or an array of arguments.
    #[error("no job: {0}")]
    NotAJob(String),

    /// A value cannot be written as JSON (for example a map whose keys are no strings).
    #[error("cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),

    /// The text is not the URL of a Redis. A password in it is not shown.
    #[error("`{url}` is not the URL of a Redis, which looks like redis://127.0.0.1:6379/0: {source}")]
    BadUrl {
        /// The URL without its user and password.
        url: String,
        /// What `redis` says of it.
        source: redis::RedisError,
    },

    /// No Redis answers there: it is not running, out of reach, too slow, or the connection broke.
    #[error("cannot reach Redis at {address}: {source}")]
    Unreachable {
        /// Host and port, or the path of the socket.
        address: String,
        /// The I/O error.
        source: redis::RedisError,
    },

    /// Redis answered, and refused: it is full, read-only, wants a password, or a key holds another type.
    #[error("Redis at {address} refused: {source}")]
    Refused {
        /// Host and port, or the path of the socket.
        address: String,
        /// Redis's own words.
        source: redis::RedisError,
    },
}
