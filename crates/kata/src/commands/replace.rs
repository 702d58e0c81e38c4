//! `cargo kata reset` and `cargo kata skip`: replace the learner's code by the starter or by our
//! solution, after a backup.

use crate::learner::Selection;
use crate::repo::{backup, hints, patches};
use crate::system::git;
use crate::term::say;
use crate::{CliError, Outcome, Repo, Side};

/// The files that replace the learner's `src`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The starter, made from our solution and the patches that turn its tasks back into todos.
    Starter,
    /// Our solution.
    Solution,
}

/// Replaces the learner's `src`. Copies it before to a folder in `target/kata/backups`, and prints
/// the command that restores it. Does not change any other file. The exit code is 0.
///
/// # Errors
///
/// If there is no such step, a git operation is not finished, or a file cannot be read or written.
pub fn run(repo: &Repo, step: &str, by: By) -> Result<Outcome, CliError> {
    let command = if by == By::Starter { "reset" } else { "skip" };
    let suite = Selection::step(repo, step, command)?;
    let step = &suite.step;
    if let Some((operation, ways_out)) = git::operation_in_progress(repo.root()) {
        return Err(format!(
            "A git {operation} is not finished, so {}/src may be incomplete. End it first: {ways_out}. Then try again.",
            step.name
        )
        .into());
    }
    let (files, what) = match by {
        By::Starter => (patches::tree_after(repo, step, 0)?, "the starter"),
        By::Solution => (repo.sources(step, Side::Solution)?, "our solution"),
    };
    if by == By::Starter {
        hints::reset(repo, &suite)?;
    }
    // If a file is not text, the two cannot be compared, and a backup is made.
    let yours = repo.sources(step, Side::Starter);
    if yours.is_ok_and(|yours| yours == files) {
        say::line(&format!("{}/src is {what} already. Nothing was changed.", step.name));
        return Ok(Outcome::SUCCESS);
    }
    let backup = backup::create(repo, step)?;
    let restore_command = backup::restore_command(repo, step, &backup);
    let replaced = backup::replace_sources(repo, step, &files);
    if replaced.is_ok() {
        say::line(&format!("{}/src is {what} now.", step.name));
    }
    say::line(&format!(
        "Your code is backed up in {}. This command restores it:",
        repo.display_path(&backup)
    ));
    say::command(&restore_command);
    replaced?;
    let number = step.number;
    say::line(&match by {
        By::Starter => format!(
            "Next: read docs/{}.md, and see its first test fail with cargo kata test {number}.",
            step.name
        ),
        By::Solution => format!("Run it with cargo kata play {number}, and its tests with cargo kata test {number}."),
    });
    Ok(Outcome::SUCCESS)
}
