//! Prepares target directories for several workers. The first one is built; the others begin as
//! copies of it, without the files that are quicker to build again.

use std::fs::{self, File, FileTimes};
use std::path::Path;

use super::Scope;
use super::tree::{self, Tree};
use crate::system::current_exe;
use crate::{CliError, Step};

/// Prepares the target directories of the workers 1 to `workers`: builds a step's test program in
/// the first one, and copies the files that it needs to those that do not exist yet.
///
/// # Errors
///
/// If the test program does not compile, or a file cannot be copied.
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

/// Prepares the target directory of the solutions, if it does not exist: copies the one in which
/// this tool was built, because the two need mostly the same packages.
///
/// # Errors
///
/// If a file cannot be copied.
pub fn from_the_tool(scope: &Scope) -> Result<(), CliError> {
    let target = scope.target();
    match current_exe()?.parent() {
        Some(built) if built.join(".fingerprint").is_dir() && !target.is_dir() => {
            fill(built, &tree::root(scope, 1), &target)
        }
        _ => Ok(()),
    }
}

/// Copies the files from which cargo sees what is built. Removes a tree that was built there
/// before: cargo compares times, and the files that are built here must be newer than those that
/// were built elsewhere from other sources.
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
