//! What an executable is known by.

use std::cell::OnceCell;
use std::fs::{self, File};
use std::hash::{BuildHasher, Hasher};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use foldhash::fast::FixedState;
use serde::{Deserialize, Serialize};

/// A file as it was: the hash of its bytes. Length and time are kept to save the reading: cargo does not touch an executable
/// that it need not build anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    hash: u64,
    /// In bytes.
    length: u64,
    /// In nanoseconds since 1970 UTC.
    modified: u64,
}

/// An executable as it is now. Its bytes are read at most once, however many prints it is compared
/// with.
#[derive(Clone, Debug)]
pub struct ExecutableFile {
    /// Where it is.
    pub path: PathBuf,
    fingerprint: OnceCell<Fingerprint>,
}

impl ExecutableFile {
    /// The executable at this path.
    pub fn at(path: PathBuf) -> ExecutableFile {
        let fingerprint = OnceCell::new();
        ExecutableFile { path, fingerprint }
    }

    /// Its print.
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

    /// Returns true if it holds the bytes that the print was made of.
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

/// What can be known without reading: length and time.
fn metadata(path: &Path) -> io::Result<(u64, u64)> {
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
