//! Remembers for a while that an image could not be downloaded, because each test program would
//! need seconds to find it out again. The note is in `target/kata/` and can be deleted without
//! loss.

use std::path::PathBuf;
use std::time::Duration;
use std::{env, fs};

/// How long a note is valid.
const VALID_FOR: Duration = Duration::from_secs(600);

/// Returns why this image could not be downloaded, if a recent note says so.
pub(super) fn load(image: &str) -> Option<String> {
    let path = path()?;
    let age = fs::metadata(&path).ok()?.modified().ok()?.elapsed().ok()?;
    let note = fs::read_to_string(path).ok()?;
    let (of, reason) = note.split_once('\n')?;
    (of == image && age < VALID_FOR).then(|| reason.to_owned())
}

/// Writes the note. If it cannot be written, the next program finds out again.
pub(super) fn save(image: &str, reason: &str) {
    if let Some(path) = path()
        && let Some(directory) = path.parent()
    {
        let _ = fs::create_dir_all(directory).and_then(|()| fs::write(&path, format!("{image}\n{reason}")));
    }
}

/// Returns the path of the note, in the target directory that this program was built in: cargo
/// marks it with `CACHEDIR.TAG`.
fn path() -> Option<PathBuf> {
    let program = env::current_exe().ok()?;
    let target = program
        .ancestors()
        .find(|directory| directory.join("CACHEDIR.TAG").is_file())?;
    Some(target.join("kata").join("no-image"))
}
