//! Files: reading, comparing, copying and writing them, and folders as maps from path to text.

use std::collections::BTreeMap;
use std::fs::{self, File, FileTimes};
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::CliError;

/// Texts by path. A path starts at some folder and uses `/` as the separator.
pub type Files = BTreeMap<String, String>;

/// Reads a file.
///
/// # Errors
///
/// If it cannot be read, or is not text.
pub fn text(path: &Path) -> Result<String, CliError> {
    fs::read_to_string(path).map_err(|error| CliError::path("read", path, &error))
}

/// Returns the paths in a folder, sorted.
///
/// # Errors
///
/// If it cannot be read.
pub fn entries(folder: &Path) -> Result<Vec<PathBuf>, CliError> {
    let paths = fs::read_dir(folder).and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect());
    let mut paths: Vec<_> = paths.map_err(|error: io::Error| CliError::path("read", folder, &error))?;
    paths.sort();
    Ok(paths)
}

/// Returns the last part of a path.
pub fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Reads the files below `folder/below`. Their paths start with `below`.
///
/// # Errors
///
/// If a folder or file cannot be read, or a file is not text.
pub fn read(folder: &Path, below: &str) -> Result<Files, CliError> {
    let mut files = Files::new();
    gather(
        &folder.join(below),
        &format!("{below}/"),
        &["target"],
        &|_| true,
        &mut files,
    )?;
    Ok(files)
}

/// Reads the files of a repository that have one of these extensions, without code of others and
/// build results.
///
/// # Errors
///
/// If a folder or file cannot be read, or a file is not text.
pub fn read_only(root: &Path, extensions: &[&str]) -> Result<Files, CliError> {
    let mut files = Files::new();
    let is_wanted = |path: &Path| {
        extensions
            .iter()
            .any(|end| path.extension().is_some_and(|its| its == *end))
    };
    gather(root, "", &["target", "node_modules", "book"], &is_wanted, &mut files)?;
    Ok(files)
}

/// Adds the files of a folder. `above` is the start of their paths.
fn gather(
    folder: &Path,
    above: &str,
    left_out: &[&str],
    is_wanted: &dyn Fn(&Path) -> bool,
    files: &mut Files,
) -> Result<(), CliError> {
    for path in entries(folder)? {
        let name = name(&path);
        // Hidden files belong to editors and to the system.
        if name.starts_with('.') || left_out.contains(&name.as_str()) {
            continue;
        }
        let name = format!("{above}{name}");
        if path.is_dir() {
            gather(&path, &format!("{name}/"), left_out, is_wanted, files)?;
        } else if is_wanted(&path) {
            files.insert(name, text(&path)?);
        }
    }
    Ok(())
}

/// Makes `folder/below` contain these files and no others. Does not touch a file that has this text
/// already, so that cargo builds only the changes.
///
/// # Errors
///
/// If a file cannot be written or removed.
pub fn write(folder: &Path, below: &str, files: &Files) -> Result<(), CliError> {
    if folder.join(below).is_dir() {
        for stale in read(folder, below)?.keys().filter(|path| !files.contains_key(*path)) {
            let path = folder.join(stale);
            fs::remove_file(&path).map_err(|error| CliError::path("remove", &path, &error))?;
        }
    }
    files
        .iter()
        .try_for_each(|(path, text)| write_one(&folder.join(path), text))
}

/// Writes one file and creates the folders above it. Does nothing if the file has this text
/// already.
///
/// # Errors
///
/// If it cannot be written.
pub fn write_one(path: &Path, text: &str) -> Result<(), CliError> {
    if fs::read(path).is_ok_and(|old| old == text.as_bytes()) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        create_folder(folder)?;
    }
    fs::write(path, text).map_err(|error| CliError::path("write", path, &error))
}

/// Creates a folder, and those above it, if it does not exist.
///
/// # Errors
///
/// If it cannot be created.
pub fn create_folder(folder: &Path) -> Result<(), CliError> {
    fs::create_dir_all(folder).map_err(|error| CliError::path("create", folder, &error))
}

/// Copies all files of a folder for which `is_wanted` returns true, with their times. Copies a link
/// as a link, because it may lead to no file: an editor locks a file with such a link.
///
/// # Errors
///
/// If something cannot be read or written.
pub fn copy(from: &Path, to: &Path, is_wanted: &dyn Fn(&Path) -> bool) -> Result<(), CliError> {
    create_folder(to)?;
    for path in entries(from)?.into_iter().filter(|path| is_wanted(path)) {
        let target = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() && !path.is_symlink() {
            copy(&path, &target, is_wanted)?;
        } else {
            copy_one(&path, &target).map_err(|error| CliError::path("copy", &path, &error))?;
        }
    }
    Ok(())
}

fn copy_one(from: &Path, to: &Path) -> io::Result<()> {
    if let Ok(leads_to) = fs::read_link(from) {
        return symlink(leads_to, to);
    }
    fs::copy(from, to)?;
    let times = FileTimes::new().set_modified(fs::metadata(from)?.modified()?);
    File::open(to)?.set_times(times)
}

/// Compares two folders. Returns a line for each file that differs: the side on which it is
/// missing, or the first line that is not equal.
pub fn differences(left: &Files, right: &Files, names: (&str, &str)) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in left {
        match right.get(path) {
            None => found.push(format!("{path} is missing in {}", names.1)),
            Some(other) if other != text => found.push(first_difference(path, text, other, names)),
            Some(_) => {}
        }
    }
    let only_right = right.keys().filter(|path| !left.contains_key(*path));
    found.extend(only_right.map(|path| format!("{path} is missing in {}", names.0)));
    found
}

fn first_difference(path: &str, left: &str, right: &str, names: (&str, &str)) -> String {
    let (left, right): (Vec<_>, Vec<_>) = (left.split('\n').collect(), right.split('\n').collect());
    let equal = left
        .iter()
        .zip(&right)
        .take_while(|(left, right)| left == right)
        .count();
    let show = |lines: &[&str]| {
        let line = lines.get(equal);
        line.map_or("(the end of the file)".to_owned(), |line| format!("{line:?}"))
    };
    let (number, left, right) = (equal + 1, show(&left), show(&right));
    format!("{path}, line {number}: {} has {left}, {} has {right}", names.0, names.1)
}
