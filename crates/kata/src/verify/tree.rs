//! A throw-away copy of the root workspace. Its starters are made from the solutions and the
//! patches, so that the results do not depend on the code of a learner.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use super::Scope;
use super::test_program::TestProgram;
use crate::repo::patches;
use crate::system::files;
use crate::{CliError, Side, Step};

/// Only one thread copies at a time. It does not touch files that are up to date, so it does not
/// disturb a thread that works on another step.
static COPYING: Mutex<()> = Mutex::new(());

/// The copy.
#[derive(Clone, Debug)]
pub struct Tree<'a> {
    scope: &'a Scope,
    root: PathBuf,
    target: PathBuf,
}

impl<'a> Tree<'a> {
    /// Copies the files that have changed since the last time, and makes the starter of the step.
    /// If another step has no starter yet, makes it, too, because cargo needs all of them.
    ///
    /// # Errors
    ///
    /// If a file cannot be copied, or a starter cannot be made.
    pub fn prepare(scope: &'a Scope, step: &Step) -> Result<Tree<'a>, CliError> {
        Tree::numbered(scope, step, 1)
    }

    /// Prepares a tree like [`prepare`](Tree::prepare), for one of several workers, counted from 1.
    /// Each has a copy and a target directory of its own, so that it never waits for the cargo of
    /// another one.
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
            files::write_one(&tree.root.join(name), &files::text(&repo.root().join(name))?)?;
        }
        // This folder marks the root of a repository. Without it, the tests of the tools would find
        // the repository around the copy.
        files::write_one(&tree.root.join("solutions/README"), "The solutions are not copied.\n")?;
        files::write(&tree.root, "crates", &files::read(repo.root(), "crates")?)?;
        for other in repo.steps(Side::Starter)? {
            let (from, to) = (repo.crate_of(&other, Side::Starter), tree.folder(&other));
            files::write_one(&to.join("Cargo.toml"), &files::text(&from.join("Cargo.toml"))?)?;
            files::write(&to, "tests", &files::read(&from, "tests")?)?;
            if other.number == step.number || !to.join("src").is_dir() {
                tree.put(&other, 0)?;
            }
        }
        Ok(tree)
    }

    /// Returns its root folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the folder of a step's crate.
    pub fn folder(&self, step: &Step) -> PathBuf {
        self.root.join(&step.name)
    }

    /// Changes the step's `src` to that of a learner who has done the tasks 1 to `done`.
    ///
    /// # Errors
    ///
    /// If a patch does not apply, or a file cannot be written.
    pub fn put(&self, step: &Step, done: u8) -> Result<(), CliError> {
        let sources = patches::tree_after(&self.scope.repo, step, done)?;
        files::write(&self.folder(step), "src", &sources)
    }

    /// Returns a cargo command that runs in the tree.
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
        self.build_with(self.cargo(), step)
    }

    /// Builds the step's test program like [`build`](Tree::build), with the linter in place of the
    /// compiler.
    ///
    /// # Errors
    ///
    /// If it does not compile.
    pub fn build_with_lints(&self, step: &Step) -> Result<TestProgram, CliError> {
        self.build_with(self.scope.with_lints(self.cargo())?, step)
    }

    fn build_with(&self, cargo: Command, step: &Step) -> Result<TestProgram, CliError> {
        let folder = self.folder(step);
        TestProgram::build(cargo, step, &folder, &folder.join("tests"))
    }
}

/// Returns the root folder of the copy of a worker.
pub fn root(scope: &Scope, worker: usize) -> PathBuf {
    scope.repo.cache().join(numbered("verify/tree", worker))
}

/// Returns the target directory of a worker. The first one uses that of the other checks.
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
