//! Describes the first failure of a group of tests.

use super::test_run::TestRun;
use crate::repo::suite::{Suite, step_of, task_of};
use crate::repo::{libtest, modules};
use crate::term::say;
use crate::{CliError, Repo, Side};

/// How many of its last lines are shown of a test program that has exited before all its tests
/// ended.
const LAST_LINES: usize = 40;

/// Returns the text to print for a red group: its first failing test in the order of the file, all
/// that it printed, and what to do next.
///
/// # Errors
///
/// If the tests cannot be read.
pub fn describe(repo: &Repo, suite: &Suite, group: &str, test_run: &TestRun) -> Result<String, CliError> {
    let files = modules::files(&repo.crate_of(&suite.step, Side::Starter).join("tests"))?;
    let order = |test: &str| {
        let name = format!("{group}::{test}");
        let places = files.iter().enumerate();
        let mut places = places.filter_map(|(number, file)| Some((number, file.place(&name)?)));
        // Tests made by a macro come last.
        places.next().unwrap_or((usize::MAX, usize::MAX))
    };
    let mut failures = test_run.failures();
    failures.sort_by_key(|(test, _)| order(test));
    let Some((test, output)) = failures.first() else {
        return Ok(broken_off(repo, suite, group, test_run));
    };
    let name = format!("{group}::{test}");
    let about = about(&name).map_or_else(String::new, |about| format!(" ({about})"));
    let mut text = format!("{}{about}\n{}\n", say::paint(say::STRONG, &name), output.trim_end());
    let others = match failures.len() {
        1 => String::new(),
        2 => "One more test of this group fails. ".to_owned(),
        count => format!("{} more tests of this group fail. ", count - 1),
    };
    text.push_str(&format!("\n{others}To run only this test:\n"));
    text.push_str(&say::paint(
        say::COMMAND,
        &format!("$ {}", alone(repo, suite, &name, test_run)),
    ));
    text.push_str(&hint(suite, group, output));
    Ok(text)
}

/// Returns the text to print if the test program has exited before all tests of a group had ended.
fn broken_off(repo: &Repo, suite: &Suite, group: &str, test_run: &TestRun) -> String {
    let last = say::last_lines(&test_run.text, LAST_LINES);
    let mut text =
        format!("The test program exited before all tests of this group had ended. Its last lines:\n{last}\n");
    let args = ["test", "-p", &suite.step.name, group, "--", "--test-threads=1"];
    text.push_str("\nThis command runs one test after the other. The last test that it names has ended the program:\n");
    text.push_str(&say::paint(say::COMMAND, &format!("$ {}", repo.cargo(&args))));
    text.push_str(&hint(suite, group, &last));
    text
}

/// Returns the command that runs one test alone. Cargo runs all tests whose names contain the given
/// word.
fn alone(repo: &Repo, suite: &Suite, name: &str, test_run: &TestRun) -> String {
    let mut args = vec!["test", "-p", &suite.step.name, name];
    let test = name.split_once("::").map_or(name, |(_, test)| test);
    if test_run.tests.keys().filter(|other| other.starts_with(test)).count() > 1 {
        args.extend(["--", "--exact"]);
    }
    repo.cargo(&args)
}

/// Returns the step and task of a test of an earlier step: `step 1, task 1.3` for
/// `step1::t3_push::first_out`.
fn about(name: &str) -> Option<String> {
    let (group, test) = name.split_once("::")?;
    let step = step_of(group)?;
    Some(match task_of(test.split_once("::")?.0) {
        Some(task) => format!("step {step}, task {step}.{task}"),
        None => format!("step {step}"),
    })
}

/// Returns the lines that name the command for a hint, if the failure belongs to a task.
fn hint(suite: &Suite, group: &str, output: &str) -> String {
    hinted(suite, group, output).map_or_else(String::new, |task| {
        let command = format!("$ cargo kata hint {}.{task}", suite.step.number);
        format!("\nA hint, if you want one:\n{}", say::paint(say::COMMAND, &command))
    })
}

/// Returns the task of a failure: the one whose todo was reached, otherwise that of the group.
fn hinted(suite: &Suite, group: &str, output: &str) -> Option<u8> {
    let reached = libtest::tasks_reached(suite.step.number, output);
    let number = reached
        .first()
        .copied()
        .or(suite.task_of(group).map(|task| task.number))?;
    suite.task(number).map(|task| task.number)
}
