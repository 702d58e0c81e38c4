//! Folders as maps from path to text, and how they are compared, copied and written.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::CliError;

/// Texts by their path, with `/` between its parts, from some folder on.
pub type Files = BTreeMap<String, String>;

/// The files below `folder/below`, their paths starting with `below`.
///
/// # Errors
///
/// If a folder or file cannot be read, or is no text.
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
        // An editor's or a system's own files are no part of a step.
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

/// Makes `folder/below` hold these files and no others. A file that holds the text already is not touched, so that
/// cargo builds only what changed.
///
/// # Errors
///
/// If something cannot be written or removed.
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

/// Writes one file, with the folders above it, unless it holds this text already.
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

/// How two folders differ, a line for each file: which side lacks it, or the first line that is not the same.
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
