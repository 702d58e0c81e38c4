//! A chapter: its length, and that its test table tells of the tests that there are.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::page::Page;
use crate::Stop;

/// How many words of prose a chapter may have: read in a quarter of an hour, with everything in it that is needed.
const WORDS: std::ops::RangeInclusive<usize> = 1_000..=1_600;

/// What is wrong with a chapter, `tests` being its step's folder of tests.
///
/// # Errors
///
/// If the tests cannot be read.
pub fn faults(page: &Page, tests: &Path) -> Result<Vec<String>, Stop> {
    let mut faults = Vec::new();
    if !WORDS.contains(&page.words) {
        faults.push(format!(
            "It has {} words of prose, and should have {} to {}.",
            page.words,
            WORDS.start(),
            WORDS.end()
        ));
    }
    let (files, functions) = names(tests)?;
    let named = page
        .tests
        .iter()
        .chain(page.codes.iter().filter(|code| is_test_file(code)));
    for name in named.collect::<BTreeSet<_>>() {
        let stem = name.strip_suffix(".rs").unwrap_or(name);
        if !files.contains(stem) && !functions.contains(name.as_str()) {
            faults.push(format!(
                "It names the test {name}, which does not exist in {}.",
                tests.display()
            ));
        }
    }
    for file in files.iter().filter(|file| is_test_file(file)) {
        if !page
            .tests
            .iter()
            .any(|name| name.strip_suffix(".rs").unwrap_or(name) == file)
        {
            faults.push(format!(
                "Its test table (first heading: test) does not tell what {file} checks."
            ));
        }
    }
    Ok(faults)
}

/// Whether a word is the name of a test file: `t3_push`, `given_basics`, `regress_step1`, with or without `.rs`.
fn is_test_file(word: &str) -> bool {
    let word = word.strip_suffix(".rs").unwrap_or(word);
    let Some((kind, rest)) = word.split_once('_') else {
        return false;
    };
    let is_task = kind
        .strip_prefix('t')
        .is_some_and(|number| !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()));
    (is_task || kind == "given" || kind == "regress") && rest.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The test files (a file, or a folder with a `main.rs`), and the functions in them.
fn names(tests: &Path) -> Result<(BTreeSet<String>, BTreeSet<String>), Stop> {
    let (mut files, mut functions) = (BTreeSet::new(), BTreeSet::new());
    let unreadable = |error| Stop::path("read", tests, &error);
    for entry in fs::read_dir(tests).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if path.join("main.rs").is_file() {
            files.insert(stem);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.insert(stem);
            let text = fs::read_to_string(&path).map_err(|error| Stop::path("read", &path, &error))?;
            let after = text
                .split("fn ")
                .skip(1)
                .filter_map(|rest| rest.split_once('('))
                .map(|(name, _)| name.to_owned());
            functions.extend(after);
        }
    }
    Ok((files, functions))
}
