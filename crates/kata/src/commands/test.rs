//! `cargo kata test`: runs the tests of a step in task order, up to the first failure.

use crate::learner::{Selection, State, TestSession, advice, status};
use crate::repo::suite::Suite;
use crate::system::Cancellation;
use crate::term::say;
use crate::{CliError, Outcome, Repo};

/// Runs the tests of a step or of one task. The default is the step that the map points at. The
/// exit code is 0 if all tests pass, 1 if one fails, and 3 if none has run.
///
/// # Errors
///
/// If there is no such step or task, cargo cannot be started, or Ctrl-C is pressed.
pub fn run(repo: &Repo, step: Option<&str>, task: Option<&str>) -> Result<Outcome, CliError> {
    let token = &Cancellation::at_first_signal()?;
    let selection = &resolve(repo, step, task, token)?;
    let state = TestSession { repo, selection, token }.run()?;
    conclude(selection, state);
    Ok(match state {
        State::Green => Outcome::SUCCESS,
        State::NoBuild | State::NoRedis => Outcome::NOT_RUN,
        _ => Outcome::FAILURE,
    })
}

/// Returns the step and task that the learner has named. The default is the step of the current
/// folder, then the one that the map points at.
///
/// # Errors
///
/// If there is no such step or task, or `token` is cancelled.
pub fn resolve(
    repo: &Repo,
    step: Option<&str>,
    task: Option<&str>,
    token: &Cancellation,
) -> Result<Selection, CliError> {
    if let Some(step) = step {
        return Selection::read(repo, step, task);
    }
    if let Some(step) = repo.step_here() {
        return Selection::read(repo, &step.name, None);
    }
    let statuses = status::statuses(repo, Suite::all(repo)?, token)?;
    let current = advice::current(&statuses).or(statuses.last());
    let current = current.ok_or("There are no steps here. Is the clone complete?")?;
    let suite = current.suite.clone();
    Ok(Selection { suite, task: None })
}

/// Prints the next command after a run whose result needs one.
pub fn conclude(selection: &Selection, state: State) {
    let number = selection.suite.step.number;
    let (words, command) = match (state, selection.task) {
        (State::Green, None) => (
            format!("Step {number} is green. Compare your code with ours:"),
            format!("cargo kata diff {number}"),
        ),
        (State::Green, Some(task)) => (
            format!("Task {number}.{task} is green. Run all tests of the step, up to the first failure:"),
            format!("cargo kata test {number}"),
        ),
        (State::NoRedis, _) => (
            "Find out what is missing on this machine:".to_owned(),
            "cargo kata doctor".to_owned(),
        ),
        _ => return,
    };
    say::line(&format!("\n{words}"));
    say::command(&command);
}
