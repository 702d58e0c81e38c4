//! What a learner wrote, kept aside before something else is put in its place.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::files::{self, Files};
use crate::{Repo, Step, Stop, Twin, say};

/// Copies a step's whole `src`, whatever lies in it, to a folder of its own under `target/kata/kept`, named after the time
/// (UTC) and the step. Returns that folder; `src` is in it.
///
/// # Errors
///
/// If something cannot be read or written; then nothing of the learner's was touched.
pub fn keep(repo: &Repo, step: &Step) -> Result<PathBuf, Stop> {
    let stamp = humantime::format_rfc3339_seconds(SystemTime::now())
        .to_string()
        .replace(':', "-");
    let kept = repo.cache().join("kept");
    fs::create_dir_all(&kept).map_err(|error| Stop::path("create", &kept, &error))?;
    // Twice within a second: the second one gets a number.
    let folder = (1..)
        .map(|number| match number {
            1 => kept.join(format!("{stamp}-{}", step.name)),
            number => kept.join(format!("{stamp}-{}-{number}", step.name)),
        })
        .find(|folder| !folder.exists())
        .unwrap_or(kept);
    let src = repo.crate_of(step, Twin::Yours).join("src");
    // It may be what was lost.
    fs::create_dir_all(&src).map_err(|error| Stop::path("create", &src, &error))?;
    copy(&src, &folder.join("src"))?;
    Ok(folder)
}

fn copy(from: &Path, to: &Path) -> Result<(), Stop> {
    fs::create_dir_all(to).map_err(|error| Stop::path("create", to, &error))?;
    for entry in fs::read_dir(from).map_err(|error| Stop::path("read", from, &error))? {
        let path = entry.map_err(|error| Stop::path("read", from, &error))?.path();
        let target = to.join(path.file_name().unwrap_or_default());
        if let Ok(leads_to) = fs::read_link(&path) {
            // An editor's lock, perhaps, which leads nowhere.
            symlink(leads_to, &target).map_err(|error| Stop::path("keep a copy of", &path, &error))?;
        } else if path.is_dir() {
            copy(&path, &target)?;
        } else {
            fs::copy(&path, &target).map_err(|error| Stop::path("keep a copy of", &path, &error))?;
        }
    }
    Ok(())
}

/// Makes a step's `src` hold these files and nothing else. Each is written anew, so that cargo sees that it has changed.
///
/// # Errors
///
/// If something cannot be removed or written.
pub fn put(repo: &Repo, step: &Step, files: &Files) -> Result<(), Stop> {
    let folder = repo.crate_of(step, Twin::Yours);
    let src = folder.join("src");
    let cannot = |error| Stop::path("empty", &src, &error);
    // Not the folder itself: somebody may be watching it.
    for entry in fs::read_dir(&src).map_err(cannot)? {
        let path = entry.map_err(cannot)?.path();
        let is_folder = path.is_dir() && !path.is_symlink();
        if is_folder {
            fs::remove_dir_all(&path)
        } else {
            fs::remove_file(&path)
        }
        .map_err(cannot)?;
    }
    files::write(&folder, "src", files)
}

/// The command by which what was kept comes back. It copies: files that were moved would keep their times, and cargo would
/// take them for built.
pub fn way_back(repo: &Repo, step: &Step, kept: &Path) -> String {
    let src = repo.shown(&repo.crate_of(step, Twin::Yours).join("src"));
    let kept = repo.shown(&kept.join("src"));
    let (src, kept) = (say::quote(&src), say::quote(&kept));
    format!("rm -r {src} && cp -R {kept} {src}")
}
