//! `cargo kata test`: runs the tests of a step in task order, up to the first failure.

use std::process::ExitCode;

use crate::learner::test_session::End;
use crate::learner::{Selection, SpinnerProgress, TestSession, advice, state};
use crate::repo::suite::Suite;
use crate::system::interrupt::{EXIT_INTERRUPTED, Interrupt};
use crate::term::say;
use crate::{CliError, Repo};

/// The exit code if no test has run: the code does not compile, or there is no Redis.
pub const EXIT_NOT_RUN: u8 = 3;

/// Runs the tests of a step or of one task. The default is the step that the map points at. The
/// exit code is 0 if all tests pass, 1 if one fails, [`EXIT_NOT_RUN`], or 130 after Ctrl-C.
///
/// # Errors
///
/// If there is no such step or task, or cargo cannot be started.
pub fn run(repo: &Repo, step: Option<&str>, task: Option<&str>) -> Result<ExitCode, CliError> {
    let interrupt = Interrupt::catch()?;
    let cancelled = || interrupt.is_requested();
    let Some(selection) = resolve(repo, step, task, &cancelled)? else {
        return Ok(ExitCode::from(EXIT_INTERRUPTED));
    };
    let session = TestSession {
        repo,
        selection: &selection,
        cancelled: &cancelled,
    };
    let end = session.run()?;
    conclude(&selection, end);
    Ok(match end {
        End::Green => ExitCode::SUCCESS,
        End::Red => ExitCode::FAILURE,
        End::NoBuild | End::NoRedis => ExitCode::from(EXIT_NOT_RUN),
        End::Cancelled => ExitCode::from(EXIT_INTERRUPTED),
    })
}

/// Returns the step and task that the learner has named. The default is the step of the current
/// folder, then the one that the map points at. Returns `None` if it was cancelled.
///
/// # Errors
///
/// If there is no such step or task.
pub fn resolve(
    repo: &Repo,
    step: Option<&str>,
    task: Option<&str>,
    cancelled: &dyn Fn() -> bool,
) -> Result<Option<Selection>, CliError> {
    if let Some(step) = step {
        return Selection::read(repo, step, task).map(Some);
    }
    if let Some(step) = repo.step_here() {
        return Selection::read(repo, &step.name, None).map(Some);
    }
    let progress = SpinnerProgress::new("looking at what has changed", cancelled);
    let Some(statuses) = state::statuses(repo, Suite::all(repo)?, &progress)? else {
        return Ok(None);
    };
    let current = advice::current(&statuses).or(statuses.last());
    let suite = current
        .ok_or("There are no steps here. Is the clone complete?")?
        .suite
        .clone();
    Ok(Some(Selection { suite, task: None }))
}

/// Prints the next command after a run whose result needs one.
pub fn conclude(selection: &Selection, end: End) {
    let number = selection.suite.step.number;
    let (words, command) = match (end, selection.task) {
        (End::Green, None) => (
            format!("Step {number} is green. Compare your code with ours:"),
            format!("cargo kata diff {number}"),
        ),
        (End::Green, Some(task)) => (
            format!("Task {number}.{task} is green. Run all tests of the step, up to the first failure:"),
            format!("cargo kata test {number}"),
        ),
        (End::NoRedis, _) => (
            "Find out what is missing on this machine:".to_owned(),
            "cargo kata doctor".to_owned(),
        ),
        (End::Red | End::NoBuild | End::Cancelled, _) => return,
    };
    say::line(&format!("\n{words}"));
    say::command(&command);
}
