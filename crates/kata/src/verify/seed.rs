//! Target directories for several workers. The first one's is built; the others' begin as copies of
//! it, without what is quicker made anew.

use std::fs::{self, File, FileTimes};
use std::path::Path;

use super::Scope;
use super::tree::{self, Tree};
use crate::{Step, Stop};

/// Prepares the target directories of workers 1 to `workers`: builds a step's test program in the
/// first one, and copies what it needs into those that are not there yet.
///
/// # Errors
///
/// If the test program does not compile, or something cannot be copied.
pub fn prepare(scope: &Scope, step: &Step, workers: usize) -> Result<(), Stop> {
    Tree::prepare(scope, step)?.build(step)?;
    for worker in 2..=workers {
        let (root, target) = (tree::root(scope, worker), tree::target(scope, worker));
        if target.is_dir() {
            continue;
        }
        // Cargo compares times: what this worker builds is to be newer than what was built
        // elsewhere from other sources.
        if root.is_dir() {
            fs::remove_dir_all(&root).map_err(|error| Stop::path("remove", &root, &error))?;
        }
        let unfinished = target.with_extension("unfinished");
        for folder in ["debug/.fingerprint", "debug/build", "debug/deps"] {
            copy(&tree::target(scope, 1).join(folder), &unfinished.join(folder))?;
        }
        fs::rename(&unfinished, &target).map_err(|error| Stop::path("create", &target, &error))?;
    }
    Ok(())
}

/// Copies a folder, with the times of its files. Test programs are left out: they are large, and
/// each worker links its own.
fn copy(from: &Path, to: &Path) -> Result<(), Stop> {
    fs::create_dir_all(to).map_err(|error| Stop::path("create", to, &error))?;
    for entry in fs::read_dir(from).map_err(|error| Stop::path("read", from, &error))? {
        let path = entry.map_err(|error| Stop::path("read", from, &error))?.path();
        let target = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copy(&path, &target)?;
        } else if from.ends_with("deps") && path.extension().is_none() {
            continue;
        } else {
            copy_file(&path, &target).map_err(|error| Stop::path("copy", &path, &error))?;
        }
    }
    Ok(())
}

fn copy_file(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::copy(from, to)?;
    let modified = fs::metadata(from)?.modified()?;
    File::options()
        .write(true)
        .open(to)?
        .set_times(FileTimes::new().set_modified(modified))
}
