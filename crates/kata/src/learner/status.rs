//! The states of the steps and of their groups of tests.

use std::collections::BTreeSet;

use super::build::{Built, build};
use super::results::{Outcome, Results};
use super::todos;
use crate::repo::suite::{Suite, task_of};
use crate::system::run::Progress;
use crate::{CliError, Repo};

/// The state of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// All its tests pass.
    Green,
    /// At least one of its tests fails.
    Red,
    /// It has never run.
    NotRun,
    /// It has run, and the code has changed since.
    Changed,
    /// The step's test program does not compile.
    NoBuild,
    /// It found no Redis.
    NoRedis,
}

/// The state of a step.
#[derive(Clone, Debug)]
pub struct StepStatus {
    /// The step.
    pub suite: Suite,
    /// The groups of its tests, in order, each with its state.
    pub groups: Vec<(String, State)>,
    /// When its tests were last started, in seconds since 1970 UTC; `None` if they never were.
    pub at: Option<u64>,
    /// The tasks whose todo is still in the code.
    pub left: BTreeSet<u8>,
}

/// Returns the states of these steps. It builds only the steps whose tests were started before,
/// because their executables show what has changed. Returns `None` if `progress` has cancelled it.
///
/// # Errors
///
/// If a file cannot be read, or cargo cannot be started.
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

/// A step, and its stored results.
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
        // If the step has never compiled, no group has run, and the first group represents all of
        // them.
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
    /// Returns true if all groups are green.
    pub fn is_green(&self) -> bool {
        self.groups.iter().all(|(_, state)| *state == State::Green)
    }

    /// Returns true if the learner has worked on the step: its tests were started, or a todo has
    /// been replaced.
    pub fn is_begun(&self) -> bool {
        self.at.is_some() || self.left.len() < self.suite.tasks.len()
    }

    /// Returns the first group that is not green.
    pub fn first_open(&self) -> Option<(&str, State)> {
        let open = self.groups.iter().find(|(_, state)| *state != State::Green);
        open.map(|(group, state)| (group.as_str(), *state))
    }

    /// Returns the state of a task: that of its first group that is not green.
    pub fn of_task(&self, number: u8) -> State {
        let own = self
            .groups
            .iter()
            .filter(|(group, _)| task_of(group) == Some(number.into()));
        let open = own.map(|(_, state)| *state).find(|state| *state != State::Green);
        open.unwrap_or(State::Green)
    }
}
