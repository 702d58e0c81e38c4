//! The step or task that a command works on.

use crate::repo::suite::{Suite, task_of};
use crate::{CliError, Repo, Side};

/// A step of the learner, and optionally one of its tasks.
#[derive(Clone, Debug)]
pub struct Selection {
    /// The step, with its tasks and groups.
    pub suite: Suite,
    /// The task's number within the step.
    pub task: Option<u8>,
}

impl Selection {
    /// Reads a step (`3`, `retries` or `step3-retries`), or a step and task in one word (`3.2`).
    /// The task may also be given apart, as `2`, `3.2`, or the name of its group of tests.
    ///
    /// # Errors
    ///
    /// If there is no such step or task, or if two different tasks are named.
    pub fn read(repo: &Repo, step: &str, task: Option<&str>) -> Result<Selection, CliError> {
        let (step, inner) = match step.rsplit_once('.') {
            Some((step, task)) if task.parse::<u8>().is_ok() => (step, Some(task)),
            _ => (step, None),
        };
        let suite = Suite::of(repo, &repo.step(Side::Starter, step)?)?;
        let given = match (inner, task) {
            (Some(inner), Some(task)) if number(&suite, inner) != number(&suite, task) => {
                return Err(CliError::arguments(format!(
                    "{}.{inner} and {task} are different tasks. Give only one of them.",
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

    /// Reads a whole step, for a `command` that does not accept a task.
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

    /// Returns the selected groups of tests: those of the task, or all.
    pub fn groups(&self) -> Vec<String> {
        let is_selected = |group: &&String| match self.task {
            Some(task) => task_of(group) == Some(task.into()),
            None => true,
        };
        self.suite.groups.iter().filter(is_selected).cloned().collect()
    }
}

/// Reads the number of a task: `2`, `3.2` (in step 3) or `t2_apply`.
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
