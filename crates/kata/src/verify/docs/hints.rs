//! Checks the hints: every task has some, none is long, and none contains a line of the solution.
//! Also checks that the table of tasks in the README of a step, from which `cargo kata` reads the
//! tasks, agrees with the groups of tests.

use std::collections::BTreeSet;

use super::page::Page;
use crate::repo::hints::Hints;
use crate::repo::patches;
use crate::repo::suite::{Suite, task_of};
use crate::system::files::Files;
use crate::{CliError, Repo, Side, Step};

/// How many hints a task may have. If three do not help, the chapter must be improved.
const HINTS: usize = 3;
/// How many words a hint may have.
const WORDS: usize = 60;

/// Checks the hints and the table of tasks of a step. Returns a text for each problem.
///
/// # Errors
///
/// If a file cannot be read.
pub fn of(repo: &Repo, step: &Step) -> Result<Vec<String>, CliError> {
    let suite = Suite::of(repo, step)?;
    let solution = repo.sources(step, Side::Solution)?;
    let answers = answers(&solution, &patches::tree_after(repo, step, 0)?);
    let mut found = table(&suite);
    let of_hints = problems(&suite, &Hints::of(repo, step)?, &answers).into_iter();
    found.extend(of_hints.map(|problem| format!("docs/hints/{}.md: {problem}", step.name)));
    Ok(found)
}

/// Compares the table in the README with the groups of tests. Returns a text for each difference.
pub fn table(suite: &Suite) -> Vec<String> {
    let name = &suite.step.name;
    let tested: BTreeSet<usize> = suite.groups.iter().filter_map(|group| task_of(group)).collect();
    let described: BTreeSet<usize> = suite.tasks.iter().map(|task| task.number.into()).collect();
    let number = suite.step.number;
    let undescribed = tested
        .difference(&described)
        .map(|task| format!("{name}/README.md does not describe task {number}.{task}, which has tests."));
    let untested = described.difference(&tested).map(|task| {
        format!("{name}/README.md describes a task {number}.{task}, which has no tests in a module t{task}_….")
    });
    undescribed.chain(untested).collect()
}

/// Checks the hints of a step. `answers` are the lines that they must not contain. Returns a text
/// for each problem.
pub fn problems(suite: &Suite, hints: &Hints, answers: &BTreeSet<String>) -> Vec<String> {
    let mut found = Vec::new();
    for task in &suite.tasks {
        let count = hints.task(task.number).len();
        if !(1..=HINTS).contains(&count) {
            let name = format!("{}.{}", suite.step.number, task.number);
            found.push(format!("task {name} has {count} hints, and should have 1 to {HINTS}."));
        }
    }
    for (task, texts) in &hints.0 {
        let name = format!("{}.{task}", suite.step.number);
        if suite.task(*task).is_none() {
            found.push(format!("there is no task {name}."));
        }
        for (number, text) in (1..).zip(texts) {
            let words = text.split_whitespace().count();
            if words > WORDS {
                found.push(format!(
                    "hint {number} of {name} has {words} words. At most {WORDS} are allowed."
                ));
            }
            for code in code(text).filter(|code| answers.contains(code)) {
                found.push(format!(
                    "hint {number} of {name} contains a line of the solution: `{code}`."
                ));
            }
        }
    }
    found
}

/// Returns the lines of code in a hint.
fn code(hint: &str) -> impl Iterator<Item = String> {
    let page = Page::read(hint);
    let blocks: Vec<_> = page.blocks.into_iter().map(|block| block.text).collect();
    let texts = page.codes.into_iter().chain(blocks);
    texts
        .flat_map(|text| text.lines().map(bare).collect::<Vec<_>>())
        .filter(|line| !line.is_empty())
}

/// Returns the lines that a learner writes: those of the solution that the starter does not
/// contain.
pub fn answers(solution: &Files, starter: &Files) -> BTreeSet<String> {
    let lines =
        |files: &Files| -> BTreeSet<String> { files.values().flat_map(|text| text.lines()).map(bare).collect() };
    lines(solution).difference(&lines(starter)).cloned().collect()
}

/// Removes the parts of a line of code that a hint may leave out when it shows the line.
fn bare(line: &str) -> String {
    line.trim().trim_end_matches([';', ',']).trim_end().to_owned()
}
