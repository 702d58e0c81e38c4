//! A throw-away copy of the root workspace, whose starters are made from solutions and patches: what is proved of them
//! holds whatever a learner wrote in theirs.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use super::test_file::TestProgram;
use super::{Scope, files, patches};
use crate::{CliError, Side, Step};

/// One copies at a time; what it finds copied it leaves alone, so who works with another step is not disturbed.
static COPYING: Mutex<()> = Mutex::new(());

/// The copy.
#[derive(Clone, Debug)]
pub struct Tree<'a> {
    scope: &'a Scope,
    root: PathBuf,
    target: PathBuf,
}

impl<'a> Tree<'a> {
    /// Copies what changed since the last time, and makes the step's starter. Of the other steps, which cargo looks for,
    /// the starters are made if they have none.
    ///
    /// # Errors
    ///
    /// If something cannot be copied, or a starter cannot be made.
    pub fn prepare(scope: &'a Scope, step: &Step) -> Result<Tree<'a>, CliError> {
        Tree::numbered(scope, step, 1)
    }

    /// The same for one of several workers, the first one being 1: each has a copy and a target
    /// directory of its own, so that it never waits for another one's cargo.
    ///
    /// # Errors
    ///
    /// As [`prepare`](Tree::prepare).
    pub fn numbered(scope: &'a Scope, step: &Step, worker: usize) -> Result<Tree<'a>, CliError> {
        let _alone = COPYING.lock().unwrap_or_else(PoisonError::into_inner);
        let repo = &scope.repo;
        let tree = Tree {
            scope,
            root: root(scope, worker),
            target: target(scope, worker),
        };
        for name in ["Cargo.toml", "Cargo.lock", ".cargo/config.toml"] {
            let from = repo.root().join(name);
            let text = std::fs::read_to_string(&from).map_err(|error| CliError::path("read", &from, &error))?;
            files::write_one(&tree.root.join(name), &text)?;
        }
        // The folder marks a repository's root; without it the tools' own tests would find the one around.
        files::write_one(&tree.root.join("solutions/README"), "The solutions are not copied.\n")?;
        files::write(&tree.root, "crates", &files::read(repo.root(), "crates")?)?;
        for other in repo.steps(Side::Starter)? {
            let (from, to) = (repo.crate_of(&other, Side::Starter), tree.folder(&other));
            let manifest = from.join("Cargo.toml");
            let text = std::fs::read_to_string(&manifest).map_err(|error| CliError::path("read", &manifest, &error))?;
            files::write_one(&to.join("Cargo.toml"), &text)?;
            files::write(&to, "tests", &files::read(&from, "tests")?)?;
            if other.number == step.number || !to.join("src").is_dir() {
                tree.put(&other, 0)?;
            }
        }
        Ok(tree)
    }

    /// Its uppermost folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A step's crate in it.
    pub fn folder(&self, step: &Step) -> PathBuf {
        self.root.join(&step.name)
    }

    /// Makes the step's `src` that of a learner who has done tasks 1 to `done`.
    ///
    /// # Errors
    ///
    /// If a patch does not fit, or something cannot be written.
    pub fn put(&self, step: &Step, done: u8) -> Result<(), CliError> {
        files::write(
            &self.folder(step),
            "src",
            &patches::tree_after(&self.scope.repo, step, done)?,
        )
    }

    /// A cargo that runs in the tree.
    pub fn cargo(&self) -> Command {
        let mut command = self.scope.cargo(&self.root);
        command.env("CARGO_TARGET_DIR", &self.target);
        command
    }

    /// Builds the step's test program.
    ///
    /// # Errors
    ///
    /// If it does not compile.
    pub fn build(&self, step: &Step) -> Result<TestProgram, CliError> {
        let folder = self.folder(step);
        TestProgram::build(self.cargo(), step, &folder, &folder.join("tests"))
    }
}

/// Where the copy of a worker lies.
pub fn root(scope: &Scope, worker: usize) -> PathBuf {
    scope.repo.cache().join(numbered("verify/tree", worker))
}

/// Where a worker builds: the first one where all of `verify` does.
pub fn target(scope: &Scope, worker: usize) -> PathBuf {
    match worker {
        1 => scope.target(),
        _ => scope.repo.cache().join(numbered("verify/target", worker)),
    }
}

fn numbered(name: &str, worker: usize) -> String {
    match worker {
        1 => name.to_owned(),
        _ => format!("{name}-{worker}"),
    }
}
