//! Why the page cannot be served.

use std::io;
use std::net::SocketAddr;

/// Why the page cannot be served. Each names what it was given and the cure.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address could be reached by other computers; the page asks nobody who they are.
    #[error(
        "the page is for this computer only and cannot listen at {0}; use a loopback address such as 127.0.0.1:3000"
    )]
    NotLoopback(SocketAddr),

    /// The address cannot be listened at, most often because another program does already.
    #[error(
        "cannot listen at {address}: {source}; stop the program that uses it, or choose another port (0 takes any free one)"
    )]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },

    /// The API's URL cannot be used.
    #[error("`{url}` cannot be the counters' API: {reason}; it looks like http://127.0.0.1:4000")]
    BadApi {
        /// The URL, without its user and password.
        url: String,
        /// What is wrong with it.
        reason: String,
    },

    /// The text is not the URL of a Redis.
    #[error("`{url}` is not the URL of a Redis, which looks like redis://127.0.0.1:6379/0: {source}")]
    BadRedis {
        /// The URL, without its user and password.
        url: String,
        /// What `redis` says of it.
        source: redis::RedisError,
    },

    /// The system has no thread left.
    #[error("cannot start a thread for the page: {0}; end some programs and try again")]
    Thread(io::Error),

    /// The server's thread panicked, after printing why.
    #[error("the page's server ended; what was printed before says why")]
    Ended,
}
