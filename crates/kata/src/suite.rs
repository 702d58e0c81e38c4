//! What a learner has to do in a step: its tasks, and its test files in the order in which they turn green.
//!
//! The tasks come from the table in the step's README, one row each: number and title, the files to edit, the command that
//! runs its test. The test files come from the step's manifest.

use std::fs;
use std::path::Path;

use toml::{Table, Value};

use crate::{Repo, Step, Stop, Twin};

/// A step's tasks and test files.
#[derive(Clone, Debug)]
pub struct Suite {
    /// The step.
    pub step: Step,
    /// Its tasks, the first one first.
    pub tasks: Vec<Task>,
    /// The names of its test files: what is given, what earlier steps did, then task by task. Others, such as those of the
    /// bonus, are no part of the map.
    pub files: Vec<String>,
}

/// One task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Its number within the step, from 1.
    pub number: u8,
    /// What is to be done, in a few words.
    pub title: String,
    /// Where, as in `src/job.rs`; several are separated by commas.
    pub place: String,
}

impl Suite {
    /// Reads the learner's crate of a step.
    ///
    /// # Errors
    ///
    /// If its manifest or its README cannot be read, or the README's table has no task.
    pub fn of(repo: &Repo, step: &Step) -> Result<Suite, Stop> {
        let folder = repo.crate_of(step, Twin::Yours);
        let tasks = tasks(step.number, &text(&folder.join("README.md"))?);
        if tasks.is_empty() {
            return Err(format!("{}/README.md has no table of tasks.", step.name).into());
        }
        let manifest = folder.join("Cargo.toml");
        let table: Table = text(&manifest)?
            .parse()
            .map_err(|error| Stop::path("understand", &manifest, &error))?;
        let mut files: Vec<String> = table
            .get("test")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|test| test.get("name")?.as_str().map(str::to_owned))
            .filter(|name| rank(name).is_some())
            .collect();
        files.sort_by_key(|name| (rank(name), name.clone()));
        Ok(Suite {
            step: step.clone(),
            tasks,
            files,
        })
    }

    /// All steps of the learner, in order.
    ///
    /// # Errors
    ///
    /// As [`Suite::of`].
    pub fn all(repo: &Repo) -> Result<Vec<Suite>, Stop> {
        repo.steps(Twin::Yours)?
            .iter()
            .map(|step| Suite::of(repo, step))
            .collect()
    }

    /// The task of a test file; none if it tests what is given.
    pub fn task_of(&self, file: &str) -> Option<&Task> {
        let number = task_of(file)?;
        self.tasks.iter().find(|task| usize::from(task.number) == number)
    }

    /// The task of this number.
    pub fn task(&self, number: u8) -> Option<&Task> {
        self.tasks.iter().find(|task| task.number == number)
    }
}

/// The task whose tests a file holds, by its name: 3 for `t3_push`. None for `given_…` and `regress_…`.
pub fn task_of(file: &str) -> Option<usize> {
    file.strip_prefix('t')?.split_once('_')?.0.parse().ok()
}

/// Where a test file stands in the order: what is given, what earlier steps did, the tasks.
fn rank(file: &str) -> Option<usize> {
    match task_of(file) {
        Some(task) => Some(1 + task),
        None if file.starts_with("given_") => Some(0),
        None if file.starts_with("regress_") => Some(1),
        None => None,
    }
}

/// The tasks in a README's table: `| 1.3 push one job | `src/client.rs` | … |`.
pub fn tasks(step: u8, readme: &str) -> Vec<Task> {
    let row = |line: &str| {
        let mut cells = line.strip_prefix("| ")?.split(" | ");
        let (number, title) = cells.next()?.split_once(' ')?;
        let (of, number) = number.split_once('.')?;
        (of.parse() == Ok(step)).then_some(Task {
            number: number.parse().ok()?,
            title: title.trim().to_owned(),
            place: cells.next()?.replace('`', ""),
        })
    };
    readme.lines().filter_map(row).collect()
}

fn text(path: &Path) -> Result<String, Stop> {
    fs::read_to_string(path).map_err(|error| Stop::path("read", path, &error))
}
