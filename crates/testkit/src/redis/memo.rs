//! Remembers for a while that an image could not be downloaded: finding that out again takes seconds, and each test
//! binary would. The note lies in `target/kata/`, and can be deleted without loss.

use std::path::PathBuf;
use std::time::Duration;
use std::{env, fs};

/// How long such a note holds.
const VALID_FOR: Duration = Duration::from_secs(600);

/// Why this image could not be downloaded, if that was found out not long ago.
pub(super) fn load(image: &str) -> Option<String> {
    let path = path()?;
    let age = fs::metadata(&path).ok()?.modified().ok()?.elapsed().ok()?;
    let note = fs::read_to_string(path).ok()?;
    let (of, reason) = note.split_once('\n')?;
    (of == image && age < VALID_FOR).then(|| reason.to_owned())
}

/// Keeps why this image could not be downloaded. Without a place to keep it, it is found out again.
pub(super) fn keep(image: &str, reason: &str) {
    if let Some(path) = path()
        && let Some(directory) = path.parent()
    {
        let _ = fs::create_dir_all(directory).and_then(|()| fs::write(&path, format!("{image}\n{reason}")));
    }
}

/// The note's place in the target directory that this program was built in: cargo marks that with `CACHEDIR.TAG`.
fn path() -> Option<PathBuf> {
    let program = env::current_exe().ok()?;
    let target = program
        .ancestors()
        .find(|directory| directory.join("CACHEDIR.TAG").is_file())?;
    Some(target.join("kata").join("no-image"))
}
