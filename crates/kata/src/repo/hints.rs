//! The hints, in `docs/hints/stepN-NAME.md`: for each task a section `## N.M` with a numbered list
//! of up to three hints.
//!
//! The number of hints that were shown for a task is stored in `target/kata/hints`, which can be
//! deleted without loss.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use super::suite::Suite;
use crate::system::files;
use crate::{CliError, Repo, Step};

/// The hints of a step, by task number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hints(pub BTreeMap<u8, Vec<String>>);

impl Hints {
    /// Reads the hints of a step.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub fn of(repo: &Repo, step: &Step) -> Result<Hints, CliError> {
        let path = repo.docs().join(format!("hints/{}.md", step.name));
        Ok(Hints::read(step.number, &files::text(&path)?))
    }

    /// Reads the text of a file. Indented lines continue an item of a list.
    pub fn read(step: u8, text: &str) -> Hints {
        let mut hints = Hints::default();
        let mut task = None;
        for line in text.lines() {
            if let Some(heading) = line.strip_prefix("## ") {
                let number = heading.split_once('.').filter(|(of, _)| of.parse() == Ok(step));
                task = number.and_then(|(_, number)| number.trim().parse::<u8>().ok());
                continue;
            }
            let Some(task) = task else { continue };
            let of_task = hints.0.entry(task).or_default();
            let item = line.split_once(". ").filter(|(number, _)| number.parse::<u8>().is_ok());
            if let Some((_, begin)) = item {
                of_task.push(begin.trim().to_owned());
            } else if line.starts_with(' ')
                && let Some(last) = of_task.last_mut()
            {
                last.push(' ');
                last.push_str(line.trim());
            }
        }
        hints
    }

    /// Returns the hints of a task.
    pub fn task(&self, number: u8) -> &[String] {
        self.0.get(&number).map_or(&[], Vec::as_slice)
    }
}

/// Returns how many hints of a task were shown.
pub fn shown_count(repo: &Repo, suite: &Suite, task: u8) -> usize {
    let text = fs::read_to_string(path(repo, &suite.step, task)).unwrap_or_default();
    text.trim().parse().unwrap_or(0)
}

/// Stores how many hints of a task were shown.
///
/// # Errors
///
/// If it cannot be written.
pub fn set_shown_count(repo: &Repo, suite: &Suite, task: u8, count: usize) -> Result<(), CliError> {
    files::write_one(&path(repo, &suite.step, task), &format!("{count}\n"))
}

/// Resets the number of shown hints for all tasks of a step.
///
/// # Errors
///
/// If a file cannot be written.
pub fn reset(repo: &Repo, suite: &Suite) -> Result<(), CliError> {
    let mut read = suite
        .tasks
        .iter()
        .filter(|task| shown_count(repo, suite, task.number) > 0);
    read.try_for_each(|task| set_shown_count(repo, suite, task.number, 0))
}

fn path(repo: &Repo, step: &Step, task: u8) -> PathBuf {
    repo.cache().join(format!("hints/{}.{task}", step.number))
}
