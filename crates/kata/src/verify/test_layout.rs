//! Checks the files of the steps' tests: each belongs to a test program, none is long, and none is
//! a copy.

use std::collections::BTreeMap;
use std::path::Path;

use crate::repo::modules;
use crate::repo::suite::{self, task_of};
use crate::system::files::{self, Files};
use crate::{CliError, Repo, Side};

/// How many lines a test file may have: a reader should see all of it at once.
const LINES: usize = 300;

/// Checks the folder of tests of one step. Returns a text for each problem.
///
/// # Errors
///
/// If a file cannot be read.
pub fn one(tests: &Path) -> Result<Vec<String>, CliError> {
    let reached: Vec<_> = modules::files(tests)?.into_iter().map(|file| file.path).collect();
    let mut problems = Vec::new();
    let here = files::read(tests, ".")?;
    for (path, text) in here.iter().filter(|(path, _)| path.ends_with(".rs")) {
        let path = path.trim_start_matches("./");
        if path != "main.rs" && !reached.contains(&tests.join(path)) {
            problems.push(format!(
                "tests/{path} is not run: no `mod` line of tests/main.rs leads to it."
            ));
        }
        let lines = text.lines().count();
        if lines > LINES {
            problems.push(format!("tests/{path} has {lines} lines. At most {LINES} are allowed."));
        }
    }
    Ok(problems)
}

/// Checks the tests of all steps together: two steps must not have a group of the same name,
/// because a reader would run the tests of both; and no file may be a copy of another one.
///
/// # Errors
///
/// If a file cannot be read.
pub fn all(repo: &Repo) -> Result<Vec<String>, CliError> {
    let mut problems = Vec::new();
    let mut tests = Files::new();
    let mut steps_of: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let steps = repo.steps(Side::Starter)?;
    for step in &steps {
        let folder = repo.crate_of(step, Side::Starter);
        for group in suite::groups(&folder.join("tests"))? {
            if task_of(&group).is_some() {
                steps_of.entry(group).or_default().push(step.name.clone());
            }
        }
        for (path, text) in files::read(&folder, "tests")? {
            tests.insert(format!("{}/{path}", step.name), text);
        }
    }
    for (group, steps) in steps_of.iter().filter(|(_, steps)| steps.len() > 1) {
        problems.push(format!("{} both have a module {group}.", steps.join(" and ")));
    }
    let names: Vec<_> = steps.iter().map(|step| step.name.as_str()).collect();
    problems.extend(copies(&tests, &names));
    Ok(problems)
}

/// Reports the files that are equal apart from the name of the step. This is allowed for `main.rs`,
/// which only lists modules.
pub fn copies(tests: &Files, steps: &[&str]) -> Vec<String> {
    let mut first: BTreeMap<String, &str> = BTreeMap::new();
    let mut problems = Vec::new();
    for (path, text) in tests.iter().filter(|(path, _)| !path.ends_with("/main.rs")) {
        let mut plain = text.clone();
        for step in steps {
            plain = plain.replace(step, "stepN").replace(&step.replace('-', "_"), "stepN");
        }
        match first.get(&plain) {
            Some(other) => problems.push(format!(
                "{path} is a copy of {other}: include that file with `#[path]`."
            )),
            None => drop(first.insert(plain, path)),
        }
    }
    problems
}
