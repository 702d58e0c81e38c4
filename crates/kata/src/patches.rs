//! What turns a solution into its starter: `trials/todo/stepN-NAME/K.patch`, one for each task K.
//!
//! A patch is a unified diff whose paths (`a/src/job.rs`) start at the step's folder. They are a stack: the last task's
//! patch fits the solution, each other one fits what those above it have left. So any number of tasks can be turned
//! back, from the last one down, and what is left is a learner's tree with tasks 1…K done.

use std::path::PathBuf;
use std::{fmt, fs};

use diffy::patch_set::{FileOperation, ParseOptions, PatchSet};

use crate::files::{self, Files};
use crate::{CliError, Repo, Side, Step};

/// One task's patch.
#[derive(Clone, Debug)]
pub struct Task {
    /// The task's number within its step, from 1.
    pub number: u8,
    path: PathBuf,
    diff: String,
}

/// A step's patches, the first task first.
///
/// # Errors
///
/// If there are none, one cannot be read, or a number between is missing.
pub fn of(repo: &Repo, step: &Step) -> Result<Vec<Task>, CliError> {
    let folder = repo.root().join("trials/todo").join(&step.name);
    let mut tasks = Vec::new();
    for number in 1..=9 {
        let path = folder.join(format!("{number}.patch"));
        if path.is_file() {
            let diff = fs::read_to_string(&path).map_err(|error| CliError::path("read", &path, &error))?;
            tasks.push(Task { number, path, diff });
        }
    }
    match tasks.last() {
        None => Err(format!(
            "{} holds no patch: 1.patch should turn task 1 back into its todo.",
            folder.display()
        )
        .into()),
        Some(last) if usize::from(last.number) != tasks.len() => {
            Err(format!("{} has {}.patch, but not all before it.", folder.display(), last.number).into())
        }
        Some(_) => Ok(tasks),
    }
}

/// The `src` of a learner who has done tasks 1 to `done`: the solution with the later tasks turned back. 0 is the
/// starter.
///
/// # Errors
///
/// If something cannot be read, or a patch does not fit.
pub fn tree_after(repo: &Repo, step: &Step, done: u8) -> Result<Files, CliError> {
    let mut sources = files::read(&repo.crate_of(step, Side::Solution), "src")?;
    for task in of(repo, step)?.iter().rev().filter(|task| task.number > done) {
        task.turn_back(&mut sources)?;
    }
    Ok(sources)
}

impl Task {
    /// A patch that is not (yet) a file; `path` is what errors call it.
    pub fn new(number: u8, path: PathBuf, diff: String) -> Task {
        Task { number, path, diff }
    }

    /// Applies the patch.
    ///
    /// # Errors
    ///
    /// As [`apply`].
    pub fn turn_back(&self, sources: &mut Files) -> Result<(), CliError> {
        apply(&self.path.display(), &self.diff, sources)
    }
}

/// Applies a unified diff, whose paths start at the step's folder. It may change files and add some. `name` is what errors
/// call it.
///
/// # Errors
///
/// If it is no patch, or does not fit.
pub fn apply(name: &dyn fmt::Display, diff: &str, sources: &mut Files) -> Result<(), CliError> {
    for patch in PatchSet::parse(diff, ParseOptions::unidiff()) {
        let patch = patch.map_err(|error| format!("{name} is no unified diff: {error}."))?;
        let operation = patch.operation().strip_prefix(1);
        let (path, old) = match &operation {
            FileOperation::Create(path) if sources.contains_key(path.as_ref()) => {
                return Err(format!("{name} adds {path}, which the step has already.").into());
            }
            FileOperation::Create(path) => (path, ""),
            FileOperation::Modify { original, modified } if original == modified => {
                match sources.get(original.as_ref()) {
                    Some(text) => (original, text.as_str()),
                    None => return Err(format!("{name} changes {original}, which the step does not have.").into()),
                }
            }
            _ => return Err(format!("{name} must only change files, or add some: not remove, nor rename.").into()),
        };
        let Some(patch) = patch.patch().as_text() else {
            return Err(format!("{name} holds a binary patch.").into());
        };
        let new = diffy::apply(old, patch).map_err(|error| format!("{name} does not fit {path}: {error}."))?;
        sources.insert(path.to_string(), new);
    }
    Ok(())
}
