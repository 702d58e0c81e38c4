//! The errors of starting and serving the page.

use std::io;
use std::net::SocketAddr;

/// The reason why the page cannot be served. Each message names the setting and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Other computers could reach the address, and the page does not authenticate its users.
    #[error(
        "the page is for this computer only and cannot listen at {0}; use a loopback address such as 127.0.0.1:3000"
    )]
    NotLoopback(SocketAddr),

    /// The program cannot listen on the address, most often because another program does.
    #[error(
        "cannot listen at {address}: {source}; stop the program that uses it, or choose another port (0 takes any free one)"
    )]
    Listen {
        /// The requested address.
        address: SocketAddr,
        /// The system's error.
        source: io::Error,
    },

    /// The API's URL cannot be used.
    #[error("`{url}` cannot be the counters' API: {reason}; it looks like http://127.0.0.1:4000")]
    BadApi {
        /// The URL, without the parts that may contain a password.
        url: String,
        /// The problem with it.
        reason: String,
    },

    /// The text is not the URL of a Redis.
    #[error("`{url}` is not the URL of a Redis, which looks like redis://127.0.0.1:6379/0: {source}")]
    BadRedis {
        /// The URL, without the parts that may contain a password.
        url: String,
        /// The error of the `redis` crate.
        source: redis::RedisError,
    },

    /// The system has no thread left.
    #[error("cannot start a thread for the page: {0}; end some programs and try again")]
    Thread(io::Error),

    /// The server's thread panicked, after printing the reason.
    #[error("the page's server ended; see the output before this line for the reason")]
    Ended,
}
