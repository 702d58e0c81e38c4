//! A throw-away copy of the root workspace, whose starters are made from solutions and patches: what is proved of them
//! holds whatever a learner wrote in theirs.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use super::test_file::{self, TestFile};
use super::{Scope, crew, files, patches};
use crate::cargo::Executable;
use crate::{Step, Stop, Twin};

/// One copies at a time; what it finds copied it leaves alone, so who works with another step is not disturbed.
static COPYING: Mutex<()> = Mutex::new(());

/// The copy.
#[derive(Clone, Debug)]
pub struct Tree<'a> {
    scope: &'a Scope,
    root: PathBuf,
}

impl<'a> Tree<'a> {
    /// Copies what changed since the last time, and makes the step's starter. Of the other steps, which cargo looks for,
    /// the starters are made if they have none.
    ///
    /// # Errors
    ///
    /// If something cannot be copied, or a starter cannot be made.
    pub fn prepare(scope: &'a Scope, step: &Step) -> Result<Tree<'a>, Stop> {
        let _alone = COPYING.lock().unwrap_or_else(PoisonError::into_inner);
        let repo = &scope.repo;
        let tree = Tree {
            scope,
            root: repo.cache().join("verify/tree"),
        };
        for name in ["Cargo.toml", "Cargo.lock", ".cargo/config.toml"] {
            let from = repo.root().join(name);
            let text = std::fs::read_to_string(&from).map_err(|error| Stop::path("read", &from, &error))?;
            files::write_one(&tree.root.join(name), &text)?;
        }
        // The folder marks a repository's root; without it the tools' own tests would find the one around.
        files::write_one(&tree.root.join("solutions/README"), "The solutions are not copied.\n")?;
        files::write(&tree.root, "crates", &files::read(repo.root(), "crates")?)?;
        for other in repo.steps(Twin::Yours)? {
            let (from, to) = (repo.crate_of(&other, Twin::Yours), tree.folder(&other));
            let manifest = from.join("Cargo.toml");
            let text = std::fs::read_to_string(&manifest).map_err(|error| Stop::path("read", &manifest, &error))?;
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
    pub fn put(&self, step: &Step, done: u8) -> Result<(), Stop> {
        files::write(
            &self.folder(step),
            "src",
            &patches::tree_after(&self.scope.repo, step, done)?,
        )
    }

    /// A cargo that runs in the tree.
    pub fn cargo(&self) -> Command {
        self.scope.cargo(&self.root)
    }

    /// Builds the step's test files (those named, or all).
    ///
    /// # Errors
    ///
    /// If they do not compile.
    pub fn build(&self, step: &Step, only: &[String]) -> Result<Vec<Executable>, Stop> {
        test_file::build(self.cargo(), step, only)
    }

    /// Builds them and runs them.
    ///
    /// # Errors
    ///
    /// As [`build`](Tree::build) and [`run`](Tree::run).
    pub fn test(&self, step: &Step, only: &[String]) -> Result<Vec<TestFile>, Stop> {
        self.run(step, &self.build(step, only)?)
    }

    /// The same, without one of them.
    ///
    /// # Errors
    ///
    /// As [`test`](Tree::test).
    pub fn test_but(&self, step: &Step, left_out: Option<&str>) -> Result<Vec<TestFile>, Stop> {
        let mut built = self.build(step, &[])?;
        built.retain(|built| Some(built.target.as_str()) != left_out);
        self.run(step, &built)
    }

    /// Runs what was built, as many at once as there are cores: most of what tests do is waiting.
    ///
    /// # Errors
    ///
    /// If one cannot be started.
    pub fn run(&self, step: &Step, built: &[Executable]) -> Result<Vec<TestFile>, Stop> {
        let folder = self.folder(step);
        crew::work(built, crew::cores(), |built| TestFile::run(&folder, built))
            .into_iter()
            .collect()
    }
}
