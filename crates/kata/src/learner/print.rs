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
pub struct Print {
    hash: u64,
    /// In bytes.
    length: u64,
    /// In nanoseconds since 1970 UTC.
    modified: u64,
}

/// An executable as it is now. Its bytes are read at most once, however many prints it is compared
/// with.
#[derive(Clone, Debug)]
pub struct Present {
    /// Where it is.
    pub path: PathBuf,
    print: OnceCell<Print>,
}

impl Present {
    /// The executable at this path.
    pub fn at(path: PathBuf) -> Present {
        let print = OnceCell::new();
        Present { path, print }
    }

    /// Its print.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub fn print(&self) -> io::Result<Print> {
        if let Some(print) = self.print.get() {
            return Ok(*print);
        }
        let (length, modified) = outside(&self.path)?;
        let hash = hash(&self.path)?;
        let print = Print { hash, length, modified };
        Ok(*self.print.get_or_init(|| print))
    }

    /// Returns true if it holds the bytes that the print was made of.
    pub fn fits(&self, print: &Print) -> bool {
        match outside(&self.path) {
            Ok(now) if now == (print.length, print.modified) => true,
            Ok((length, _)) => length == print.length && self.print().is_ok_and(|now| now.hash == print.hash),
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
