//! Target directories for several workers. The first one's is built; the others' begin as copies of
//! it, without what is quicker made anew.

use std::fs::{self, File, FileTimes};
use std::path::Path;

use super::Scope;
use super::tree::{self, Tree};
use crate::{CliError, Step, current_exe};

/// Prepares the target directories of workers 1 to `workers`: builds a step's test program in the
/// first one, and copies what it needs into those that are not there yet.
///
/// # Errors
///
/// If the test program does not compile, or something cannot be copied.
pub fn prepare(scope: &Scope, step: &Step, workers: usize) -> Result<(), CliError> {
    Tree::prepare(scope, step)?.build(step)?;
    for worker in 2..=workers {
        let (root, target) = (tree::root(scope, worker), tree::target(scope, worker));
        if target.is_dir() {
            continue;
        }
        fill(&tree::target(scope, 1).join("debug"), &root, &target)?;
    }
    Ok(())
}

/// Prepares the target directory of the solutions, if there is none: a copy of the one that the tool
/// was built in, because most of the packages that both need are the same.
///
/// # Errors
///
/// If something cannot be copied.
pub fn from_the_tool(scope: &Scope) -> Result<(), CliError> {
    let target = scope.target();
    match current_exe()?.parent() {
        Some(built) if built.join(".fingerprint").is_dir() && !target.is_dir() => {
            fill(built, &tree::root(scope, 1), &target)
        }
        _ => Ok(()),
    }
}

/// Copies what cargo needs to know what is built. A tree that was built there before is removed:
/// cargo compares times, and what is built here is to be newer than what was built elsewhere from
/// other sources.
fn fill(built: &Path, root: &Path, target: &Path) -> Result<(), CliError> {
    if root.is_dir() {
        fs::remove_dir_all(root).map_err(|error| CliError::path("remove", root, &error))?;
    }
    let unfinished = target.with_extension("unfinished");
    for folder in [".fingerprint", "build", "deps"] {
        copy(&built.join(folder), &unfinished.join("debug").join(folder))?;
    }
    fs::rename(&unfinished, target).map_err(|error| CliError::path("create", target, &error))
}

/// Copies a folder, with the times of its files. Test programs are left out: they are large, and
/// each worker links its own.
fn copy(from: &Path, to: &Path) -> Result<(), CliError> {
    fs::create_dir_all(to).map_err(|error| CliError::path("create", to, &error))?;
    for entry in fs::read_dir(from).map_err(|error| CliError::path("read", from, &error))? {
        let path = entry.map_err(|error| CliError::path("read", from, &error))?.path();
        let target = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copy(&path, &target)?;
        } else if from.ends_with("deps") && path.extension().is_none() {
            continue;
        } else {
            copy_file(&path, &target).map_err(|error| CliError::path("copy", &path, &error))?;
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
