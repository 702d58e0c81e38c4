//! Prepares target directories for several workers. The first one is built; the others begin as
//! copies of it, without the files that are quicker to build again.

use std::fs;
use std::path::Path;

use super::Scope;
use super::tree::{self, Tree};
use crate::system::{current_exe, files};
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

/// Copies the files from which cargo sees what is built, with their times. Test programs are left
/// out: they are large, and each worker links its own. Removes a tree that was built there before:
/// cargo compares times, and the files that are built here must be newer than those that were built
/// elsewhere from other sources.
fn fill(built: &Path, root: &Path, target: &Path) -> Result<(), CliError> {
    if root.is_dir() {
        fs::remove_dir_all(root).map_err(|error| CliError::path("remove", root, &error))?;
    }
    let unfinished = target.with_extension("unfinished");
    let is_program = |path: &Path| path.parent() == Some(&built.join("deps")) && path.extension().is_none();
    for folder in [".fingerprint", "build", "deps"] {
        let to = unfinished.join("debug").join(folder);
        files::copy(&built.join(folder), &to, &|path| path.is_dir() || !is_program(path))?;
    }
    fs::rename(&unfinished, target).map_err(|error| CliError::path("create", target, &error))
}
