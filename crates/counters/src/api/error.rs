//! The errors of starting and serving the API.

use std::io;
use std::net::SocketAddr;
#[cfg(feature = "data-file")]
use std::path::PathBuf;

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

    /// The data file cannot be read or created, is open in another process, or is not a data file.
    #[cfg(feature = "data-file")]
    #[error("cannot open the data file `{}`: {source}; stop the program that has it open, or name another file", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// The database's error.
        source: redb::Error,
    },

    /// The database failed later: the disk is full or broken.
    #[cfg(feature = "data-file")]
    #[error("the data file failed: {0}; check that its disk has space and works")]
    Data(redb::Error),

    /// The rate is not a share of calls.
    #[error("a fail rate is a number from 0 (no call fails) to 1 (all do), not {0}")]
    BadRate(f64),
}
