//! Questions to git, if it is installed.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::files::Files;
use crate::{Repo, Step};

/// Returns true if the step's `src` differs from the last commit. Returns `None` without git, or
/// before the first commit.
pub fn is_edited(repo: &Repo, step: &Step) -> Option<bool> {
    let output = git(repo, &["status", "--porcelain", "--", &format!("{}/src", step.name)])?;
    git(repo, &["rev-parse", "--verify", "HEAD"])?;
    Some(!output.stdout.is_empty())
}

/// Returns the step's `src` of the last commit.
pub fn committed(repo: &Repo, step: &Step) -> Option<Files> {
    let folder = format!("{}/src", step.name);
    let listed = git(repo, &["ls-tree", "-r", "-z", "--name-only", "HEAD", "--", &folder])?;
    let mut files = Files::new();
    for path in String::from_utf8(listed.stdout)
        .ok()?
        .split('\0')
        .filter(|path| !path.is_empty())
    {
        let text = git(repo, &["show", &format!("HEAD:./{path}")])?;
        files.insert(
            path.strip_prefix(&format!("{}/", step.name))?.to_owned(),
            String::from_utf8(text.stdout).ok()?,
        );
    }
    Some(files)
}

/// Returns the git operation that is not finished, such as a merge, and the commands that end it.
/// Returns `None` if there is none, or without git.
pub fn operation_in_progress(repo: &Repo) -> Option<(&'static str, &'static str)> {
    const OPERATIONS: &[(&str, &str, &str)] = &[
        (
            "rebase-merge",
            "rebase",
            "`git rebase --continue` or `git rebase --abort`",
        ),
        ("rebase-apply", "rebase", "`git rebase --abort`, or `git am --abort`"),
        ("MERGE_HEAD", "merge", "`git merge --continue` or `git merge --abort`"),
        (
            "CHERRY_PICK_HEAD",
            "cherry-pick",
            "`git cherry-pick --continue` or `git cherry-pick --abort`",
        ),
        (
            "REVERT_HEAD",
            "revert",
            "`git revert --continue` or `git revert --abort`",
        ),
        ("BISECT_LOG", "bisect", "`git bisect reset`"),
    ];
    let output = git(repo, &["rev-parse", "--absolute-git-dir"])?.stdout;
    let folder = Path::new(std::str::from_utf8(&output).ok()?.trim_end());
    let operation = OPERATIONS.iter().find(|(file, ..)| folder.join(file).exists())?;
    Some((operation.1, operation.2))
}

fn git(repo: &Repo, args: &[&str]) -> Option<Output> {
    let mut command = Command::new("git");
    command
        .args(args)
        .current_dir(repo.root())
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    command.output().ok().filter(|output| output.status.success())
}
