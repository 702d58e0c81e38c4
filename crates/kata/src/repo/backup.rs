//! Backups of a learner's code, made before something else replaces it.

use std::fs;
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
    files::create_folder(&src)?;
    files::copy(&src, &folder.join("src"), &|_| true)?;
    Ok(folder)
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
    // Keep the folder itself, because `cargo kata watch` may be watching it.
    for path in files::entries(&src)? {
        let is_folder = path.is_dir() && !path.is_symlink();
        let removed = if is_folder {
            fs::remove_dir_all(&path)
        } else {
            fs::remove_file(&path)
        };
        removed.map_err(|error| CliError::path("empty", &src, &error))?;
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
