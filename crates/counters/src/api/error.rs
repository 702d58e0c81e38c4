//! Why the API cannot be served.

use std::io;
use std::net::SocketAddr;
#[cfg(feature = "data-file")]
use std::path::PathBuf;

/// Why the API cannot be served. Each names what it was given and the cure.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
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

    /// The data file cannot be read or made, is open in another process, or holds something else.
    #[cfg(feature = "data-file")]
    #[error("cannot open the data file `{}`: {source}; stop the program that has it open, or name another file", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the database says.
        source: redb::Error,
    },

    /// The database failed later on: the disk is full or broken.
    #[cfg(feature = "data-file")]
    #[error("the data file failed: {0}; see that its disk has room and works")]
    Data(redb::Error),

    /// No share of calls.
    #[error("a fail rate is a number from 0 (no call fails) to 1 (all do), not {0}")]
    BadRate(f64),
}
