//! Reads the output of a test executable.

use std::collections::BTreeMap;

/// The outcome of one test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TestOutcome {
    /// It passed.
    Ok,
    /// It failed, and printed this.
    Failed(String),
    /// It was not run.
    Ignored,
}

/// The outcomes of tests, by name.
pub type Tests = BTreeMap<String, TestOutcome>;

/// Reads the outcome of each test, by name, from libtest's plain output.
///
/// A test that ends the whole process (with `abort` or `exit`) has no outcome, because the output
/// stops before it.
pub fn read(output: &str) -> Tests {
    let mut tests = Tests::new();
    for line in output.lines() {
        if let Some((name, outcome)) = verdict(line) {
            tests.insert(name.to_owned(), outcome);
        }
    }
    for (name, output) in sections(output) {
        tests.insert(name, TestOutcome::Failed(output));
    }
    tests
}

/// Returns true if the program ran all its tests, whether they passed or not. `ok` says that it
/// exited with 0. A test may end the program before its end, by `abort` or `exit`; then libtest's
/// last line is missing, or the exit status does not fit it.
pub fn is_complete(output: &str, ok: bool) -> bool {
    match output.lines().rfind(|line| line.starts_with("test result: ")) {
        Some(result) => result.starts_with("test result: ok.") == ok,
        None => false,
    }
}

/// Returns the tests that failed, and the output of each.
pub fn failures(tests: &Tests) -> impl Iterator<Item = (&str, &str)> {
    tests.iter().filter_map(|(name, outcome)| match outcome {
        TestOutcome::Failed(output) => Some((name.as_str(), output.as_str())),
        TestOutcome::Ok | TestOutcome::Ignored => None,
    })
}

/// Sorts the outcomes by group. A group is the first part of a test's name; the names in the result
/// do not contain it.
pub fn by_group(tests: &Tests) -> BTreeMap<String, Tests> {
    let mut groups: BTreeMap<String, Tests> = BTreeMap::new();
    for (name, outcome) in tests {
        // A test in main.rs itself has no group.
        let (group, test) = name.split_once("::").unwrap_or(("main", name));
        groups
            .entry(group.to_owned())
            .or_default()
            .insert(test.to_owned(), outcome.clone());
    }
    groups
}

/// Reads the names from the output of `--list --format terse`.
pub fn listed(output: &str) -> impl Iterator<Item = &str> {
    output.lines().filter_map(|line| line.strip_suffix(": test"))
}

/// Reads a line `test NAME ... ok`. The outcome may also be `FAILED` or `ignored, REASON`, and the
/// name may end with ` - should panic`.
fn verdict(line: &str) -> Option<(&str, TestOutcome)> {
    let (name, outcome) = line.strip_prefix("test ")?.split_once(" ... ")?;
    let name = name.strip_suffix(" - should panic").unwrap_or(name);
    match outcome {
        "ok" => Some((name, TestOutcome::Ok)),
        "FAILED" => Some((name, TestOutcome::Failed(String::new()))),
        ignored if ignored.starts_with("ignored") => Some((name, TestOutcome::Ignored)),
        _ => None,
    }
}

/// Reads the output of each failed test: the sections `---- NAME stdout ----` before the list of
/// the failed names.
fn sections(output: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for line in output.lines() {
        if let Some(name) = line
            .strip_prefix("---- ")
            .and_then(|line| line.strip_suffix(" stdout ----"))
        {
            found.push((name.to_owned(), String::new()));
        } else if let Some((_, output)) = found.last_mut() {
            if line == "failures:" {
                break;
            }
            output.push_str(line);
            output.push('\n');
        }
    }
    found
}

/// Returns the tasks of step `step` whose todo a test has reached. The text of a todo begins with
/// `task N.M:`.
///
/// The output also names the page to read (`docs/step1-enqueue.md, task 1.3`). There, no colon
/// follows the number.
pub fn tasks_reached(step: u8, output: &str) -> Vec<u8> {
    let start = format!("task {step}.");
    let numbers = output
        .split(&start)
        .skip(1)
        .filter_map(|rest| rest.split_once(':')?.0.parse().ok());
    numbers.collect()
}
