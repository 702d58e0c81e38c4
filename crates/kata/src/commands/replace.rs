//! `cargo kata reset` and `cargo kata skip`: something else in the place of what the learner wrote, which is kept.

use std::process::ExitCode;

use crate::files::Files;
use crate::learner::{Selection, backup, hints};
use crate::{CliError, Repo, Side, files, git, patches, say};

/// What takes the place of the learner's `src`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The starter, made from our solution and the patches that turn its tasks back into todos.
    Starter,
    /// Our solution.
    Solution,
}

/// Puts it in place. What was there is kept in a folder under `target/kata/kept`, and the command that brings it back is
/// printed. Nothing but `src` is touched. The exit code is 0.
///
/// # Errors
///
/// If there is no such step, git is in the middle of something, or something cannot be read or written.
pub fn run(repo: &Repo, step: &str, by: By) -> Result<ExitCode, CliError> {
    let command = if by == By::Starter { "reset" } else { "skip" };
    let suite = Selection::step(repo, step, command)?;
    let step = &suite.step;
    if let Some((operation, ways_out)) = git::operation_in_progress(repo) {
        return Err(format!(
            "git is in the middle of a {operation}, and {}/src may hold half of it. First {ways_out}; then try again.",
            step.name
        )
        .into());
    }
    let (files, what): (Files, &str) = match by {
        By::Starter => (patches::tree_after(repo, step, 0)?, "the starter"),
        By::Solution => (
            files::read(&repo.crate_of(step, Side::Solution), "src")?,
            "our solution",
        ),
    };
    if by == By::Starter {
        hints::reset(repo, &suite)?;
    }
    // What is no text cannot be compared, and is kept.
    let yours = files::read(&repo.crate_of(step, Side::Starter), "src");
    if yours.is_ok_and(|yours| yours == files) {
        say::line(&format!("{}/src is {what} already; nothing was changed.", step.name));
        return Ok(ExitCode::SUCCESS);
    }
    let backup = backup::create(repo, step)?;
    let restore_command = backup::restore_command(repo, step, &backup);
    let replaced = backup::replace_sources(repo, step, &files);
    if replaced.is_ok() {
        say::line(&format!("{}/src is {what} now.", step.name));
    }
    say::line(&format!(
        "What was there is kept in {}. It comes back by",
        repo.display_path(&backup)
    ));
    say::command(&restore_command);
    replaced?;
    let number = step.number;
    say::line(&match by {
        By::Starter => format!(
            "Next: read docs/{}.md, and see its first red by cargo kata test {number}.",
            step.name
        ),
        By::Solution => format!("It runs by cargo kata play {number}; its tests, by cargo kata test {number}."),
    });
    Ok(ExitCode::SUCCESS)
}
