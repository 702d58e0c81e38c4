//! The first failure of a test file, in full.

use super::trial::Trial;
use crate::suite::Suite;
use crate::{Repo, Stop, Twin, files, say};

/// How many of its last lines are shown of a test program that has ended before its tests did.
const LAST: usize = 40;

/// What is printed of a test file that is red: its first failing test, in the order in which they are written, all that it
/// said, and what to do with it.
///
/// # Errors
///
/// If the tests cannot be read.
pub fn told(repo: &Repo, suite: &Suite, file: &str, trial: &Trial) -> Result<String, Stop> {
    let source = source(repo, suite, file)?;
    let mut failures = trial.failures();
    failures.sort_by_key(|(name, _)| place(&source, name));
    let Some((name, said)) = failures.first() else {
        let lines: Vec<_> = trial.text.trim_end().lines().collect();
        let last = lines[lines.len().saturating_sub(LAST)..].join("\n");
        let mut text =
            format!("The tests of this file did not come to their end. The last lines of their program:\n{last}\n");
        let args = ["test", "-p", &suite.step.name, "--test", file, "--", "--test-threads=1"];
        text.push_str("\nOne after the other, the last one that is named is the one:\n");
        text.push_str(&say::paint(say::COMMAND, &format!("$ {}", repo.cargo(&args))));
        text.push_str(&hint(suite, file, &last));
        return Ok(text);
    };
    let mut text = format!("{}\n{}\n", say::paint(say::STRONG, name), said.trim_end());
    let others = match failures.len() {
        1 => String::new(),
        2 => "One more test of this file fails. ".to_owned(),
        count => format!("{} more tests of this file fail. ", count - 1),
    };
    let args = ["test", "-p", &suite.step.name, "--test", file, name];
    text.push_str(&format!("\n{others}This one alone:\n"));
    text.push_str(&say::paint(say::COMMAND, &format!("$ {}", repo.cargo(&args))));
    text.push_str(&hint(suite, file, said));
    Ok(text)
}

/// How to ask for a hint, if there is a task that the failure is about.
fn hint(suite: &Suite, file: &str, said: &str) -> String {
    hinted(suite, file, said).map_or_else(String::new, |task| {
        let command = format!("$ cargo kata hint {}.{task}", suite.step.number);
        format!("\nA hint, if you want one:\n{}", say::paint(say::COMMAND, &command))
    })
}

/// The task that a failure is about: the one whose todo was reached, else the file's.
fn hinted(suite: &Suite, file: &str, said: &str) -> Option<u8> {
    let reached = crate::libtest::tasks_reached(suite.step.number, said);
    let number = reached
        .first()
        .copied()
        .or(suite.task_of(file).map(|task| task.number))?;
    suite.task(number).map(|task| task.number)
}

/// The text of a test file, or of all files of a test that is a folder.
fn source(repo: &Repo, suite: &Suite, file: &str) -> Result<String, Stop> {
    let tests = files::read(&repo.crate_of(&suite.step, Twin::Yours), "tests")?;
    let (one, many) = (format!("tests/{file}.rs"), format!("tests/{file}/"));
    let own = tests
        .into_iter()
        .filter(|(path, _)| *path == one || path.starts_with(&many));
    Ok(own.map(|(_, text)| text).collect())
}

/// Where a test stands in the text; those that a macro makes come last.
fn place(source: &str, test: &str) -> usize {
    let name = test.rsplit("::").next().unwrap_or(test);
    source.find(&format!("fn {name}(")).unwrap_or(usize::MAX)
}
