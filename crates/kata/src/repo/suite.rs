//! The tasks of a step, and the groups of its tests in the order in which they turn green.
//!
//! The tasks come from the table in the step's README, one row each: number and title, the files to
//! edit, the command that runs its tests. The groups are the modules of the step's test program, as
//! the `mod` lines of `tests/main.rs` name them.

use std::path::Path;

use super::modules;
use crate::system::files;
use crate::{CliError, Repo, Side, Step};

/// A step's tasks and groups of tests.
#[derive(Clone, Debug)]
pub struct Suite {
    /// The step.
    pub step: Step,
    /// Its tasks, the first one first.
    pub tasks: Vec<Task>,
    /// The names of its groups: first the given code (`given_…`), then earlier steps (`step1` …),
    /// then the tasks (`t1_…` …). Other groups, such as the bonus, are not part of the map.
    pub groups: Vec<String>,
}

/// One task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Its number within the step, from 1.
    pub number: u8,
    /// Its title, in a few words.
    pub title: String,
    /// The files to edit, such as `src/job.rs`, separated by commas.
    pub place: String,
    /// The page that explains it, such as `docs/step3-due-jobs.md`.
    pub page: String,
}

impl Suite {
    /// Reads the learner's crate of a step.
    ///
    /// # Errors
    ///
    /// If its README or the `main.rs` of its tests cannot be read, or the README's table has no
    /// task.
    pub fn of(repo: &Repo, step: &Step) -> Result<Suite, CliError> {
        let folder = repo.crate_of(step, Side::Starter);
        let mut tasks = tasks(step.number, &files::text(&folder.join("README.md"))?);
        if tasks.is_empty() {
            return Err(format!("{}/README.md has no table of tasks.", step.name).into());
        }
        for task in &mut tasks {
            let name = format!("{}.{}", step.number, task.number);
            task.page = testkit::chapter::page(&folder, &step.name, Some(&name));
        }
        Ok(Suite {
            step: step.clone(),
            tasks,
            groups: groups(&folder.join("tests"))?,
        })
    }

    /// Reads all steps of the learner, in order.
    ///
    /// # Errors
    ///
    /// As [`Suite::of`].
    pub fn all(repo: &Repo) -> Result<Vec<Suite>, CliError> {
        repo.steps(Side::Starter)?
            .iter()
            .map(|step| Suite::of(repo, step))
            .collect()
    }

    /// Returns the task that a group tests; `None` if it tests the given code or an earlier step.
    pub fn task_of(&self, group: &str) -> Option<&Task> {
        let number = task_of(group)?;
        self.tasks.iter().find(|task| usize::from(task.number) == number)
    }

    /// Returns the task with this number.
    pub fn task(&self, number: u8) -> Option<&Task> {
        self.tasks.iter().find(|task| task.number == number)
    }
}

/// Returns the groups of a folder of tests that are part of the map, in its order.
///
/// # Errors
///
/// If its `main.rs` cannot be read.
pub fn groups(tests: &Path) -> Result<Vec<String>, CliError> {
    let modules = modules::main(tests)?.into_iter().map(|module| module.name);
    let mut groups: Vec<String> = modules.filter(|name| rank(name).is_some()).collect();
    groups.sort_by_key(|name| (rank(name), name.clone()));
    Ok(groups)
}

/// Reads the number of the task from the name of a group: 3 for `t3_push`. Returns `None` for
/// `given_…` and `step1`.
pub fn task_of(group: &str) -> Option<usize> {
    group.strip_prefix('t')?.split_once('_')?.0.parse().ok()
}

/// Reads the number of the earlier step from the name of a group: 1 for `step1`.
pub fn step_of(group: &str) -> Option<u8> {
    group.strip_prefix("step")?.parse().ok()
}

/// Returns a group's rank in the order of the map; none if it is not part of the map.
fn rank(group: &str) -> Option<usize> {
    match task_of(group) {
        Some(task) => Some(1 + task),
        None if group.starts_with("given_") => Some(0),
        None if step_of(group).is_some() => Some(1),
        None => None,
    }
}

/// Reads the tasks in a README's table: `| 1.3 push one job | `src/client.rs` | … |`. Their pages
/// are left empty, because the table does not name them.
pub fn tasks(step: u8, readme: &str) -> Vec<Task> {
    let row = |line: &str| {
        let mut cells = line.strip_prefix("| ")?.split(" | ");
        let (number, title) = cells.next()?.split_once(' ')?;
        let (of, number) = number.split_once('.')?;
        (of.parse() == Ok(step)).then_some(Task {
            number: number.parse().ok()?,
            title: title.trim().to_owned(),
            place: cells.next()?.replace('`', ""),
            page: String::new(),
        })
    };
    readme.lines().filter_map(row).collect()
}
