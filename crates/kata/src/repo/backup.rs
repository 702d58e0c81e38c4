//! Backups of a learner's code, made before something else replaces it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::system::files::{self, Files};
use crate::term::say;
use crate::{CliError, Repo, Side, Step};

/// Copies the whole `src` of a step, with all files in it, to a new folder in `target/kata/backups`
/// that is named after the time (UTC) and the step. Returns that folder; the copy is its folder
/// `src`.
///
/// # Errors
///
/// If something cannot be read or written; then no file of the learner has been changed.
pub fn create(repo: &Repo, step: &Step) -> Result<PathBuf, CliError> {
    let stamp = humantime::format_rfc3339_seconds(SystemTime::now())
        .to_string()
        .replace(':', "-");
    let backups = repo.cache().join("backups");
    fs::create_dir_all(&backups).map_err(|error| CliError::path("create", &backups, &error))?;
    // A second backup within the same second gets a number.
    let folder = (1..)
        .map(|number| match number {
            1 => backups.join(format!("{stamp}-{}", step.name)),
            number => backups.join(format!("{stamp}-{}-{number}", step.name)),
        })
        .find(|folder| !folder.exists())
        .unwrap_or(backups);
    let src = repo.crate_of(step, Side::Starter).join("src");
    // The learner may have deleted it.
    fs::create_dir_all(&src).map_err(|error| CliError::path("create", &src, &error))?;
    copy(&src, &folder.join("src"))?;
    Ok(folder)
}

fn copy(from: &Path, to: &Path) -> Result<(), CliError> {
    fs::create_dir_all(to).map_err(|error| CliError::path("create", to, &error))?;
    for entry in fs::read_dir(from).map_err(|error| CliError::path("read", from, &error))? {
        let path = entry.map_err(|error| CliError::path("read", from, &error))?.path();
        let target = to.join(path.file_name().unwrap_or_default());
        if let Ok(leads_to) = fs::read_link(&path) {
            // For example the lock of an editor, which leads to no file.
            symlink(leads_to, &target).map_err(|error| CliError::path("keep a copy of", &path, &error))?;
        } else if path.is_dir() {
            copy(&path, &target)?;
        } else {
            fs::copy(&path, &target).map_err(|error| CliError::path("keep a copy of", &path, &error))?;
        }
    }
    Ok(())
}

/// Makes the `src` of a step contain these files and no others. Writes each of them, so that cargo
/// notices the change.
///
/// # Errors
///
/// If a file cannot be removed or written.
pub fn replace_sources(repo: &Repo, step: &Step, files: &Files) -> Result<(), CliError> {
    let folder = repo.crate_of(step, Side::Starter);
    let src = folder.join("src");
    let cannot_empty = |error| CliError::path("empty", &src, &error);
    // Keep the folder itself, because `cargo kata watch` may be watching it.
    for entry in fs::read_dir(&src).map_err(cannot_empty)? {
        let path = entry.map_err(cannot_empty)?.path();
        let is_folder = path.is_dir() && !path.is_symlink();
        if is_folder {
            fs::remove_dir_all(&path)
        } else {
            fs::remove_file(&path)
        }
        .map_err(cannot_empty)?;
    }
    files::write(&folder, "src", files)
}

/// Returns the command that restores a backup. It copies, because moved files keep their times, and
/// cargo would think that they are built.
pub fn restore_command(repo: &Repo, step: &Step, backup: &Path) -> String {
    let src = repo.display_path(&repo.crate_of(step, Side::Starter).join("src"));
    let backup = repo.display_path(&backup.join("src"));
    let (src, backup) = (say::quote(&src), say::quote(&backup));
    format!("rm -r {src} && cp -R {backup} {src}")
}
