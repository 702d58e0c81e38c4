//! The errors of starting the API.

use std::io;
use std::net::SocketAddr;

/// The reason why the API cannot be served. Each message names the setting and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
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

    /// The rate is not a share of calls.
    #[error("a fail rate is a number from 0 (no call fails) to 1 (all do), not {0}")]
    BadRate(f64),
}
