//! Folders as maps from path to text: reading, comparing and writing them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::CliError;

/// Texts by path. A path starts at some folder and uses `/` as the separator.
pub type Files = BTreeMap<String, String>;

/// Reads the files below `folder/below`. Their paths start with `below`.
///
/// # Errors
///
/// If a folder or file cannot be read, or a file is not text.
pub fn read(folder: &Path, below: &str) -> Result<Files, CliError> {
    let mut files = Files::new();
    gather(&folder.join(below), below, &mut files)?;
    Ok(files)
}

fn gather(folder: &Path, name: &str, files: &mut Files) -> Result<(), CliError> {
    let unreadable = |error| CliError::path("read", folder, &error);
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let file = entry.file_name().to_string_lossy().into_owned();
        let (path, name) = (entry.path(), format!("{name}/{file}"));
        // Hidden files of editors and of the system do not belong to a step.
        if file.starts_with('.') || file == "target" {
            continue;
        }
        if path.is_dir() {
            gather(&path, &name, files)?;
        } else {
            let text = fs::read_to_string(&path).map_err(|error| CliError::path("read", &path, &error))?;
            files.insert(name, text);
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
    let root = folder.join(below);
    if root.is_dir() {
        for stale in read(folder, below)?.keys().filter(|path| !files.contains_key(*path)) {
            let path = folder.join(stale);
            fs::remove_file(&path).map_err(|error| CliError::path("remove", &path, &error))?;
        }
    }
    for (path, text) in files {
        write_one(&folder.join(path), text)?;
    }
    Ok(())
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
        fs::create_dir_all(folder).map_err(|error| CliError::path("create", folder, &error))?;
    }
    fs::write(path, text).map_err(|error| CliError::path("write", path, &error))
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
    found.extend(
        right
            .keys()
            .filter(|path| !left.contains_key(*path))
            .map(|path| format!("{path} is missing in {}", names.0)),
    );
    found
}

fn first_difference(path: &str, left: &str, right: &str, names: (&str, &str)) -> String {
    let (mut lefts, mut rights) = (left.split('\n'), right.split('\n'));
    let mut number = 1;
    loop {
        match (lefts.next(), rights.next()) {
            (Some(l), Some(r)) if l == r => number += 1,
            (l, r) => {
                let show =
                    |line: Option<&str>| line.map_or("(the end of the file)".to_owned(), |line| format!("{line:?}"));
                return format!(
                    "{path}, line {number}: {} has {}, {} has {}",
                    names.0,
                    show(l),
                    names.1,
                    show(r)
                );
            }
        }
    }
}
