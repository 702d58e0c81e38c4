//! How the test files of a step stand.

use std::collections::BTreeSet;

use super::build::{Built, build};
use super::results::{Outcome, Results};
use super::todos;
use crate::run::Attendant;
use crate::suite::{Suite, task_of};
use crate::{Repo, Stop};

/// How a test file stands.
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
    /// It does not compile.
    NoBuild,
    /// It found no Redis.
    NoRedis,
}

/// How a step stands.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The step.
    pub suite: Suite,
    /// Each of its test files, in order.
    pub files: Vec<(String, State)>,
    /// When something was last tried in it, in seconds since 1970 UTC; `None` if nothing ever was.
    pub at: Option<u64>,
    /// The tasks whose todo still stands.
    pub left: BTreeSet<u8>,
}

/// How all these steps stand. Only the test files that were tried are built, since their executables tell what has changed;
/// the others are left alone. `None` if the attendant has had enough before that was done.
///
/// # Errors
///
/// If something cannot be read, or cargo cannot be started.
pub fn look(repo: &Repo, suites: Vec<Suite>, attendant: &dyn Attendant) -> Result<Option<Vec<Standing>>, Stop> {
    let known: Vec<Known> = suites.into_iter().map(|suite| Known::of(repo, suite)).collect();
    let Some(built) = built(repo, &known, attendant)? else {
        return Ok(None);
    };
    let standing = |known: &Known| {
        let state = |file: &String| (file.clone(), known.state(file, &built));
        Ok(Standing {
            files: known.suite.files.iter().map(state).collect(),
            at: known.results.as_ref().map(|results| results.at),
            left: todos::left(repo, &known.suite.step)?,
            suite: known.suite.clone(),
        })
    };
    known.iter().map(standing).collect::<Result<_, _>>().map(Some)
}

/// Builds what was tried. First one test file of each step, with its program: if that is another one, all of the step has
/// changed, and the rest can wait until it is run.
fn built(repo: &Repo, known: &[Known], attendant: &dyn Attendant) -> Result<Option<Built>, Stop> {
    let first: Vec<_> = known
        .iter()
        .filter_map(|known| Some((&known.suite, vec![known.tried().next()?.clone()])))
        .collect();
    if first.is_empty() {
        return Ok(Some(Built::default()));
    }
    let Some(built) = build(repo, &first, attendant)? else {
        return Ok(None);
    };
    let rest: Vec<_> = known
        .iter()
        .filter(|known| known.is_same_program(&built))
        .map(|known| (&known.suite, known.tried().cloned().collect()))
        .collect();
    if rest.is_empty() {
        return Ok(Some(built));
    }
    Ok(build(repo, &rest, attendant)?.map(|rest| built.and(rest)))
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

    /// The files that were tried; the first one, if that came to nothing.
    fn tried(&self) -> impl Iterator<Item = &String> {
        let results = self.results.as_ref();
        let none = results.is_some_and(Results::is_empty);
        let tried = move |file: &&String| results.is_some_and(|results| results.last(file).is_some());
        let first = self.suite.files.iter().take(usize::from(none));
        first.chain(self.suite.files.iter().filter(tried))
    }

    /// Whether something was last tried beside the program as it is now.
    fn is_same_program(&self, built: &Built) -> bool {
        let first = self.tried().next().and_then(|first| built.of(&self.suite, first));
        let (Some(results), Some(executables)) = (&self.results, first) else {
            return false;
        };
        self.tried().any(|file| results.is_program(file, executables))
    }

    fn state(&self, file: &String, built: &Built) -> State {
        let Some(results) = &self.results else {
            return State::NotRun;
        };
        if !self.tried().any(|tried| tried == file) {
            return State::NotRun;
        }
        let Some(executables) = built.of(&self.suite, file) else {
            // With another program it was not even built.
            let first = self.tried().next().and_then(|first| built.of(&self.suite, first));
            return match first {
                Some(_) if !self.is_same_program(built) => State::Changed,
                _ => State::NoBuild,
            };
        };
        match results.of(file, executables) {
            Some(Outcome::Green) => State::Green,
            Some(Outcome::Red) => State::Red,
            Some(Outcome::NoRedis) => State::NoRedis,
            None if results.last(file).is_some() => State::Changed,
            None => State::NotRun,
        }
    }
}

impl Standing {
    /// Whether all is green.
    pub fn is_green(&self) -> bool {
        self.files.iter().all(|(_, state)| *state == State::Green)
    }

    /// Whether somebody has worked on it: something was tried, or a todo is gone.
    pub fn is_begun(&self) -> bool {
        self.at.is_some() || self.left.len() < self.suite.tasks.len()
    }

    /// The first test file that is not green.
    pub fn first_open(&self) -> Option<(&str, State)> {
        let open = self.files.iter().find(|(_, state)| *state != State::Green);
        open.map(|(file, state)| (file.as_str(), *state))
    }

    /// How a task stands: as the worst of its test files.
    pub fn of_task(&self, number: u8) -> State {
        let own = self
            .files
            .iter()
            .filter(|(file, _)| task_of(file) == Some(number.into()));
        let open = own.map(|(_, state)| *state).find(|state| *state != State::Green);
        open.unwrap_or(State::Green)
    }
}
