//! How the groups of a step's tests stand.

use std::collections::BTreeSet;

use super::build::{Built, build};
use super::results::{Outcome, Results};
use super::todos;
use crate::run::Progress;
use crate::suite::{Suite, task_of};
use crate::{CliError, Repo};

/// How a group stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// All its tests pass.
    Green,
    /// One fails.
    Red,
    /// It was never run.
    NotRun,
    /// It was run, and something has changed since.
    Changed,
    /// The step's test program does not compile.
    NoBuild,
    /// It found no Redis.
    NoRedis,
}

/// How a step stands.
#[derive(Clone, Debug)]
pub struct StepStatus {
    /// The step.
    pub suite: Suite,
    /// Each group of its tests, in order.
    pub groups: Vec<(String, State)>,
    /// When something was last tried in it, in seconds since 1970 UTC; `None` if nothing ever was.
    pub at: Option<u64>,
    /// The tasks whose todo still stands.
    pub left: BTreeSet<u8>,
}

/// How all these steps stand. Only steps that were tried are built, because their executables show
/// what has changed; the others are left alone. `None` if the attendant has had enough before that
/// was done.
///
/// # Errors
///
/// If something cannot be read, or cargo cannot be started.
pub fn statuses(repo: &Repo, suites: Vec<Suite>, progress: &dyn Progress) -> Result<Option<Vec<StepStatus>>, CliError> {
    let known: Vec<Known> = suites.into_iter().map(|suite| Known::of(repo, suite)).collect();
    let tried: Vec<_> = known
        .iter()
        .filter(|known| known.results.is_some())
        .map(|known| &known.suite)
        .collect();
    let built = match tried[..] {
        [] => Some(Built::default()),
        [..] => build(repo, &tried, progress)?,
    };
    let Some(built) = built else {
        return Ok(None);
    };
    let status = |known: &Known| {
        let state = |group: &String| (group.clone(), known.state(group, &built));
        Ok(StepStatus {
            groups: known.suite.groups.iter().map(state).collect(),
            at: known.results.as_ref().map(|results| results.at),
            left: todos::left(repo, &known.suite.step)?,
            suite: known.suite.clone(),
        })
    };
    known.iter().map(status).collect::<Result<_, _>>().map(Some)
}

/// A step, and what is known of it.
struct Known {
    suite: Suite,
    results: Option<Results>,
}

impl Known {
    fn of(repo: &Repo, suite: Suite) -> Known {
        Known {
            results: Results::load(repo, &suite.step),
            suite,
        }
    }

    fn state(&self, group: &String, built: &Built) -> State {
        let Some(results) = &self.results else {
            return State::NotRun;
        };
        let last = results.last(group);
        // If the step never compiled, nothing was run, and the first group stands for all of them.
        let is_tried = last.is_some() || (results.is_empty() && self.suite.groups.first() == Some(group));
        let Some(executables) = built.of(&self.suite) else {
            return if is_tried { State::NoBuild } else { State::NotRun };
        };
        match results.of(group, executables) {
            Some(Outcome::Green) => State::Green,
            Some(Outcome::Red) => State::Red,
            Some(Outcome::NoRedis) => State::NoRedis,
            None if last.is_some() => State::Changed,
            None => State::NotRun,
        }
    }
}

impl StepStatus {
    /// Whether all is green.
    pub fn is_green(&self) -> bool {
        self.groups.iter().all(|(_, state)| *state == State::Green)
    }

    /// Whether somebody has worked on it: something was tried, or a todo is gone.
    pub fn is_begun(&self) -> bool {
        self.at.is_some() || self.left.len() < self.suite.tasks.len()
    }

    /// The first group that is not green.
    pub fn first_open(&self) -> Option<(&str, State)> {
        let open = self.groups.iter().find(|(_, state)| *state != State::Green);
        open.map(|(group, state)| (group.as_str(), *state))
    }

    /// How a task stands: as the first of its groups that is not green.
    pub fn of_task(&self, number: u8) -> State {
        let own = self
            .groups
            .iter()
            .filter(|(group, _)| task_of(group) == Some(number.into()));
        let open = own.map(|(_, state)| *state).find(|state| *state != State::Green);
        open.unwrap_or(State::Green)
    }
}
