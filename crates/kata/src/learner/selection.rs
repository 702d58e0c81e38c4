//! Which step or task is meant.

use crate::suite::{Suite, task_of};
use crate::{CliError, Repo, Side};

/// A step of the learner's, and perhaps one of its tasks.
#[derive(Clone, Debug)]
pub struct Selection {
    /// The step, with what is to be done in it.
    pub suite: Suite,
    /// The task's number within the step.
    pub task: Option<u8>,
}

impl Selection {
    /// Reads `3`, `retries`, `step3-retries`, or `3.2`; and as `task`, which may also stand apart,
    /// `2`, `3.2`, or the name of its group of tests.
    ///
    /// # Errors
    ///
    /// If there is no such step or task, or the two do not agree.
    pub fn read(repo: &Repo, step: &str, task: Option<&str>) -> Result<Selection, CliError> {
        let (step, inner) = match step.rsplit_once('.') {
            Some((step, task)) if task.parse::<u8>().is_ok() => (step, Some(task)),
            _ => (step, None),
        };
        let suite = Suite::of(repo, &repo.step(Side::Starter, step)?)?;
        let given = match (inner, task) {
            (Some(inner), Some(task)) if number(&suite, inner) != number(&suite, task) => {
                return Err(CliError::arguments(format!(
                    "{}.{inner} and {task} are two tasks: give one of them.",
                    suite.step.number
                )));
            }
            (inner, task) => inner.or(task),
        };
        let Some(given) = given else {
            return Ok(Selection { suite, task: None });
        };
        let number = number(&suite, given).filter(|number| suite.task(*number).is_some());
        let Some(number) = number else {
            let known: Vec<_> = suite
                .tasks
                .iter()
                .map(|task| format!("{}.{}", suite.step.number, task.number))
                .collect();
            return Err(CliError::arguments(format!(
                "There is no task {given:?} in {}. Its tasks: {}.",
                suite.step.name,
                known.join(", ")
            )));
        };
        Ok(Selection {
            suite,
            task: Some(number),
        })
    }

    /// A whole step, for a `command` that knows no smaller part.
    ///
    /// # Errors
    ///
    /// If there is no such step, or a task of it is named.
    pub fn step(repo: &Repo, word: &str, command: &str) -> Result<Suite, CliError> {
        let Selection { suite, task } = Selection::read(repo, word, None)?;
        match task {
            None => Ok(suite),
            Some(_) => Err(CliError::arguments(format!(
                "{word} is a task, and {command} takes a whole step: cargo kata {command} {}.",
                suite.step.number
            ))),
        }
    }

    /// The groups of tests that are meant: those of the task, or all.
    pub fn groups(&self) -> Vec<String> {
        let is_selected = |group: &&String| match self.task {
            Some(task) => task_of(group) == Some(task.into()),
            None => true,
        };
        self.suite.groups.iter().filter(is_selected).cloned().collect()
    }
}

/// The number that a word means: `2`, `3.2` in step 3, `t2_apply`.
fn number(suite: &Suite, word: &str) -> Option<u8> {
    if let Some(task) = task_of(word) {
        return task.try_into().ok();
    }
    let word = match word.split_once('.') {
        Some((step, task)) if step.parse() == Ok(suite.step.number) => task,
        Some(_) => return None,
        None => word,
    };
    word.parse().ok()
}
