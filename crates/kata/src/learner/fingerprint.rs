//! Fingerprints, which identify executables.

use std::cell::OnceCell;
use std::fs;
use std::hash::BuildHasher;
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use foldhash::fast::FixedState;
use serde::{Deserialize, Serialize};

/// Identifies the content of a file by a hash of its bytes. The length and the time are stored so
/// that the file need not be read as long as they are unchanged, because cargo does not touch an
/// executable that it does not have to build again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    hash: u64,
    /// In bytes.
    length: u64,
    /// In nanoseconds since 1970 UTC.
    modified: u64,
}

/// An executable as it is now. Its bytes are read at most once, also if it is compared with several
/// fingerprints.
#[derive(Clone, Debug)]
pub struct ExecutableFile {
    /// The path of the file.
    pub path: PathBuf,
    fingerprint: OnceCell<Fingerprint>,
}

impl ExecutableFile {
    /// Refers to the executable at this path.
    pub fn at(path: PathBuf) -> ExecutableFile {
        let fingerprint = OnceCell::new();
        ExecutableFile { path, fingerprint }
    }

    /// Returns its fingerprint.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub fn fingerprint(&self) -> io::Result<Fingerprint> {
        if let Some(fingerprint) = self.fingerprint.get() {
            return Ok(*fingerprint);
        }
        let (length, modified) = metadata(&self.path)?;
        let hash = hash(&self.path)?;
        let fingerprint = Fingerprint { hash, length, modified };
        Ok(*self.fingerprint.get_or_init(|| fingerprint))
    }

    /// Returns true if the file has the bytes from which the fingerprint was made.
    pub fn matches(&self, fingerprint: &Fingerprint) -> bool {
        match metadata(&self.path) {
            Ok(now) if now == (fingerprint.length, fingerprint.modified) => true,
            Ok((length, _)) => {
                length == fingerprint.length && self.fingerprint().is_ok_and(|now| now.hash == fingerprint.hash)
            }
            Err(_) => false,
        }
    }
}

/// Returns the length and the time of change, which are known without reading the file.
fn metadata(path: &Path) -> io::Result<(u64, u64)> {
    let metadata = fs::metadata(path)?;
    let modified = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    // Enough until the year 2554.
    let modified = u64::try_from(modified.as_nanos()).unwrap_or(u64::MAX);
    Ok((metadata.len(), modified))
}

fn hash(path: &Path) -> io::Result<u64> {
    Ok(FixedState::default().hash_one(fs::read(path)?))
}
