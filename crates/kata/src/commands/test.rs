//! `cargo kata test`: a step's tests in task order, up to the first failure.

use std::process::ExitCode;

use crate::interrupt::{CODE, Interrupt};
use crate::learner::round::End;
use crate::learner::{Round, Waiting, Which, advice, state};
use crate::suite::Suite;
use crate::{Repo, Stop, say};

/// The exit code when nothing could be tried: the code does not compile, or there is no Redis.
pub const UNTRIED: u8 = 3;

/// Runs the tests of a step, of one task, or without either of the step that the map points at. The exit code is 0 if all
/// is green, 1 if a test failed, [`UNTRIED`], or 130 after Ctrl-C.
///
/// # Errors
///
/// If there is no such step or task, or cargo cannot be started.
pub fn run(repo: &Repo, step: Option<&str>, task: Option<&str>) -> Result<ExitCode, Stop> {
    let interrupt = Interrupt::catch()?;
    let enough = || interrupt.is_asked();
    let Some(which) = meant(repo, step, task, &enough)? else {
        return Ok(ExitCode::from(CODE));
    };
    let round = Round {
        repo,
        which: &which,
        enough: &enough,
    };
    let end = round.run()?;
    conclude(&which, end);
    Ok(match end {
        End::Green => ExitCode::SUCCESS,
        End::Red => ExitCode::FAILURE,
        End::NoBuild | End::NoRedis => ExitCode::from(UNTRIED),
        End::Enough => ExitCode::from(CODE),
    })
}

/// The step and task that are named; else the step around the current folder; else the one that the map points at. `None` if
/// somebody had enough meanwhile.
///
/// # Errors
///
/// If there is none.
pub fn meant(
    repo: &Repo,
    step: Option<&str>,
    task: Option<&str>,
    enough: &dyn Fn() -> bool,
) -> Result<Option<Which>, Stop> {
    if let Some(step) = step {
        return Which::read(repo, step, task).map(Some);
    }
    if let Some(step) = repo.step_here() {
        return Which::read(repo, &step.name, None).map(Some);
    }
    let waiting = Waiting::new("looking at what has changed", enough);
    let Some(standings) = state::look(repo, Suite::all(repo)?, &waiting)? else {
        return Ok(None);
    };
    let current = advice::current(&standings).or(standings.last());
    let suite = current
        .ok_or("There is no step here. Is the clone complete?")?
        .suite
        .clone();
    Ok(Some(Which { suite, task: None }))
}

/// What there is to say after a round that a learner can go on from.
pub fn conclude(which: &Which, end: End) {
    let number = which.suite.step.number;
    let (words, command) = match (end, which.task) {
        (End::Green, None) => (
            format!("Step {number} is green. Compare it with ours:"),
            format!("cargo kata diff {number}"),
        ),
        (End::Green, Some(task)) => (
            format!("Task {number}.{task} is green. All of the step, up to the first failure:"),
            format!("cargo kata test {number}"),
        ),
        (End::NoRedis, _) => (
            "What this machine has, and what to do about it:".to_owned(),
            "cargo kata doctor".to_owned(),
        ),
        (End::Red | End::NoBuild | End::Enough, _) => return,
    };
    say::line(&format!("\n{words}"));
    say::command(&command);
}
