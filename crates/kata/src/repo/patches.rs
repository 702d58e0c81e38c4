//! The patches that make the starter of a solution: `trials/todo/stepN-NAME/K.patch`, one for each
//! task K.
//!
//! A patch is a unified diff. Its paths (`a/src/job.rs`) start at the folder of the step. The
//! patches build on each other: that of the last task applies to the solution, and each earlier one
//! to the result of the later ones. So any number of tasks can be undone, from the last to the
//! first, and the result is the code of a learner who has done the tasks 1 to K.

use std::fmt;
use std::path::PathBuf;

use diffy::patch_set::{FileOperation, ParseOptions, PatchSet};

use crate::system::files::{self, Files};
use crate::{CliError, Repo, Side, Step};

/// The patch of one task.
#[derive(Clone, Debug)]
pub struct Task {
    /// The task's number within its step, from 1.
    pub number: u8,
    path: PathBuf,
    diff: String,
}

/// Reads the patches of a step, sorted by task.
///
/// # Errors
///
/// If there are none, one cannot be read, or a number in between is missing.
pub fn of(repo: &Repo, step: &Step) -> Result<Vec<Task>, CliError> {
    let folder = repo.root().join("trials/todo").join(&step.name);
    let mut tasks = Vec::new();
    for number in 1..=9 {
        let path = folder.join(format!("{number}.patch"));
        if path.is_file() {
            let diff = files::text(&path)?;
            tasks.push(Task { number, path, diff });
        }
    }
    let folder = folder.display();
    match tasks.last() {
        None => Err(format!(
            "{folder} contains no patch. There should be a 1.patch that turns task 1 back into its todo."
        )
        .into()),
        Some(last) if usize::from(last.number) != tasks.len() => {
            let number = last.number;
            Err(format!("{folder} contains {number}.patch, but not all patches before it.").into())
        }
        Some(_) => Ok(tasks),
    }
}

/// Returns the `src` of a learner who has done the tasks 1 to `done`: the solution without the
/// later tasks. With 0 it is the starter.
///
/// # Errors
///
/// If a file cannot be read, or a patch does not apply.
pub fn tree_after(repo: &Repo, step: &Step, done: u8) -> Result<Files, CliError> {
    let mut sources = repo.sources(step, Side::Solution)?;
    for task in of(repo, step)?.iter().rev().filter(|task| task.number > done) {
        task.turn_back(&mut sources)?;
    }
    Ok(sources)
}

impl Task {
    /// Applies the patch.
    ///
    /// # Errors
    ///
    /// As [`apply`].
    pub fn turn_back(&self, sources: &mut Files) -> Result<(), CliError> {
        apply(&self.path.display(), &self.diff, sources)
    }
}

/// Applies a unified diff whose paths start at the folder of the step. It may change files and add
/// new ones. `name` is its name in error messages.
///
/// # Errors
///
/// If it is not a patch, or does not apply.
pub fn apply(name: &dyn fmt::Display, diff: &str, sources: &mut Files) -> Result<(), CliError> {
    for patch in PatchSet::parse(diff, ParseOptions::unidiff()) {
        let patch = patch.map_err(|error| format!("{name} is not a unified diff: {error}."))?;
        let operation = patch.operation().strip_prefix(1);
        let (path, old) = match &operation {
            FileOperation::Create(path) if sources.contains_key(path.as_ref()) => {
                return Err(format!("{name} adds {path}, which exists in the step already.").into());
            }
            FileOperation::Create(path) => (path, ""),
            FileOperation::Modify { original, modified } if original == modified => {
                match sources.get(original.as_ref()) {
                    Some(text) => (original, text.as_str()),
                    None => return Err(format!("{name} changes {original}, which the step does not have.").into()),
                }
            }
            _ => return Err(format!("{name} must only change or add files, not remove or rename them.").into()),
        };
        let Some(patch) = patch.patch().as_text() else {
            return Err(format!("{name} contains a binary patch.").into());
        };
        let new = diffy::apply(old, patch).map_err(|error| format!("{name} does not apply to {path}: {error}."))?;
        sources.insert(path.to_string(), new);
    }
    Ok(())
}
