//! What an executable is known by.

use std::fs::{self, File};
use std::hash::{BuildHasher, Hasher};
use std::io::{self, Read};
use std::path::Path;
use std::time::UNIX_EPOCH;

use foldhash::fast::FixedState;
use serde::{Deserialize, Serialize};

/// A file as it was: the hash of its bytes. Length and time are kept to save the reading: cargo does not touch an executable
/// that it need not build anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Print {
    hash: u64,
    /// In bytes.
    length: u64,
    /// In nanoseconds since 1970 UTC.
    modified: u64,
}

impl Print {
    /// That of a file as it is now.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub fn of(path: &Path) -> io::Result<Print> {
        let (length, modified) = outside(path)?;
        Ok(Print {
            hash: hash(path)?,
            length,
            modified,
        })
    }

    /// Whether the file still holds these bytes.
    pub fn fits(&self, path: &Path) -> bool {
        match outside(path) {
            Ok(now) if now == (self.length, self.modified) => true,
            Ok((length, _)) => length == self.length && hash(path).is_ok_and(|hash| hash == self.hash),
            Err(_) => false,
        }
    }
}

/// What can be known without reading: length and time.
fn outside(path: &Path) -> io::Result<(u64, u64)> {
    let metadata = fs::metadata(path)?;
    let modified = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    // Enough until the year 2554.
    let modified = u64::try_from(modified.as_nanos()).unwrap_or(u64::MAX);
    Ok((metadata.len(), modified))
}

fn hash(path: &Path) -> io::Result<u64> {
    let mut file = File::open(path)?;
    let mut hasher = FixedState::default().build_hasher();
    let mut piece = vec![0; 1 << 20];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(hasher.finish()),
            length => hasher.write(&piece[..length]),
        }
    }
}
