//! Questions to git, if it is installed.

use std::path::Path;
use std::process::{Command, Stdio};

use super::files::Files;

/// Returns true if the `src` of a crate of the repository differs from the last commit. Returns
/// `None` without git, or before the first commit.
pub fn is_edited(root: &Path, name: &str) -> Option<bool> {
    let changes = git(root, &["status", "--porcelain", "--", &format!("{name}/src")])?;
    git(root, &["rev-parse", "--verify", "HEAD"])?;
    Some(!changes.is_empty())
}

/// Returns the `src` of a crate as it was in the last commit.
pub fn committed(root: &Path, name: &str) -> Option<Files> {
    let listed = git(
        root,
        &[
            "ls-tree",
            "-r",
            "-z",
            "--name-only",
            "HEAD",
            "--",
            &format!("{name}/src"),
        ],
    )?;
    let paths = listed.split('\0').filter(|path| !path.is_empty());
    let file = |path: &str| {
        let text = git(root, &["show", &format!("HEAD:./{path}")])?;
        Some((path.strip_prefix(name)?.strip_prefix('/')?.to_owned(), text))
    };
    paths.map(file).collect()
}

/// Returns the git operation that is not finished, such as a merge, and the commands that end it.
/// Returns `None` if there is none, or without git.
pub fn operation_in_progress(root: &Path) -> Option<(&'static str, &'static str)> {
    const OPERATIONS: [(&str, &str, &str); 6] = [
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
    let folder = git(root, &["rev-parse", "--absolute-git-dir"])?;
    let folder = Path::new(folder.trim_end());
    let operation = OPERATIONS.iter().find(|(file, ..)| folder.join(file).exists())?;
    Some((operation.1, operation.2))
}

/// Returns what git prints in this folder, if it succeeds.
fn git(folder: &Path, args: &[&str]) -> Option<String> {
    let mut command = Command::new("git");
    command
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    let output = command.output().ok().filter(|output| output.status.success())?;
    String::from_utf8(output.stdout).ok()
}
