//! Counts the habits of [`crate::verify::docs::wording`] in all prose of the repository: the pages, and the
//! comments of the code.

use std::fs;
use std::path::Path;

use super::{comments, prose, wording};
use crate::CliError;
use crate::verify::Verdict;

/// The folders that contain code of others, or build results.
const LEFT_OUT: &[&str] = &["target", "node_modules", "book"];

/// Counts the prose of the repository.
///
/// # Errors
///
/// If a folder or file cannot be read.
pub fn verdict(root: &Path) -> Result<Verdict, CliError> {
    let (mut pages, mut code) = (Vec::new(), Vec::new());
    gather(root, "", &mut |name, text| {
        if name.ends_with(".md") {
            pages.push(wording::count(name, &prose::of_markdown(text)));
        } else if name.ends_with(".rs") {
            code.push(wording::count(name, &prose::of_comments(&comments::of_rust(text))));
        } else if name.ends_with(".lua") {
            code.push(wording::count(name, &prose::of_comments(&comments::of_lua(text))));
        }
    })?;
    let mut problems = wording::problems(&pages);
    problems.extend(wording::problems(&code));
    Ok(Verdict::of(problems))
}

/// Calls `take` with the name and the text of each file of prose or code below a folder. `above` is
/// the path of the folder from the root.
fn gather(folder: &Path, above: &str, take: &mut impl FnMut(&str, &str)) -> Result<(), CliError> {
    let unreadable = |error| CliError::path("read", folder, &error);
    let mut entries = fs::read_dir(folder)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(unreadable)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if name.starts_with('.') || LEFT_OUT.contains(&name.as_str()) {
            continue;
        }
        let name = format!("{above}{name}");
        if path.is_dir() {
            gather(&path, &format!("{name}/"), take)?;
        } else if [".md", ".rs", ".lua"].iter().any(|end| name.ends_with(end)) {
            let text = fs::read_to_string(&path).map_err(|error| CliError::path("read", &path, &error))?;
            take(&name, &text);
        }
    }
    Ok(())
}
