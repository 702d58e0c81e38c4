//! Counts the habits of [`super::wording`] in all prose of the repository: the pages, and the
//! comments of the code.

use std::fs;
use std::path::Path;

use super::wording::{self, Counted, Habit};
use super::{Verdict, comments, prose};
use crate::CliError;

/// The files and folders that are not rewritten yet, each group with its reason. Their counts are
/// shown in a note, and are not faults. Remove a path when its prose is rewritten; add none.
const EXEMPT: &[(&str, &[&str])] = &[("comments that were written before there was a limit", &["crates/kata"])];

/// The folders of code that is not ours, and of what is built.
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
    let is_exempt = |file: &Counted| exempt().any(|path| is_in(&file.file, path));
    let (exempt_pages, pages): (Vec<Counted>, Vec<Counted>) = pages.into_iter().partition(is_exempt);
    let (exempt_code, code): (Vec<Counted>, Vec<Counted>) = code.into_iter().partition(is_exempt);
    let mut problems = wording::problems(&pages);
    problems.extend(wording::problems(&code));
    let left: Vec<Counted> = exempt_pages.into_iter().chain(exempt_code).collect();
    let notes = exempt().next().map(|_| still_exempt(&left)).into_iter().collect();
    Ok(Verdict { problems, notes })
}

fn exempt() -> impl Iterator<Item = &'static str> {
    EXEMPT.iter().flat_map(|(_, paths)| paths.iter().copied())
}

/// Returns true if a file is the one at this path, or in the folder there.
fn is_in(file: &str, path: &str) -> bool {
    file.strip_prefix(path)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Lists the counts of what is exempt, and what does not need the exemption any more.
fn still_exempt(files: &[Counted]) -> String {
    let mut lines = vec!["Exempt (words; is no X; nobody; What clauses; tells):".to_owned()];
    for (why, paths) in EXEMPT {
        lines.push(format!("{why}:"));
        for path in *paths {
            let own: Vec<Counted> = files.iter().filter(|file| is_in(&file.file, path)).cloned().collect();
            let words: usize = own.iter().map(|file| file.words).sum();
            let found = || own.iter().flat_map(|file| &file.found);
            let counts = Habit::ALL.map(|habit| found().filter(|found| found.habit == habit).count().to_string());
            let clean = if wording::problems(&own).is_empty() {
                ", which is within the limits: take it off the list"
            } else {
                ""
            };
            lines.push(format!("  {path}: {words}; {}{clean}", counts.join("; ")));
        }
    }
    lines.join("\n  ")
}

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
