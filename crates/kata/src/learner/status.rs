//! The states of the steps and of their groups of tests.

use std::collections::BTreeSet;

use super::build::{Built, build};
use super::{Results, State, todos};
use crate::repo::suite::{Suite, task_of};
use crate::system::Cancellation;
use crate::{CliError, Repo};

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
/// because their executables show what has changed. Shows a spinner.
///
/// # Errors
///
/// If a file cannot be read, cargo cannot be started, or `token` is cancelled.
pub fn statuses(repo: &Repo, suites: Vec<Suite>, token: &Cancellation) -> Result<Vec<StepStatus>, CliError> {
    let token = token.show("looking at what has changed");
    let known: Vec<Known> = suites.into_iter().map(|suite| Known::of(repo, suite)).collect();
    let tried = known.iter().filter(|known| known.results.is_some());
    let built = match tried.map(|known| &known.suite).collect::<Vec<_>>()[..] {
        [] => Built::default(),
        ref tried => build(repo, tried, &token)?,
    };
    let status = |known: Known| {
        let state = |group: &String| (group.clone(), known.state(group, &built));
        Ok(StepStatus {
            groups: known.suite.groups.iter().map(state).collect(),
            at: known.results.as_ref().map(|results| results.at),
            left: todos::left(repo, &known.suite.step)?,
            suite: known.suite,
        })
    };
    known.into_iter().map(status).collect()
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
        let changed = if last.is_some() { State::Changed } else { State::NotRun };
        results.of(group, executables).unwrap_or(changed)
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
