//! A throw-away copy of the root workspace, whose starters are made from solutions and patches: what is proved of them
//! holds whatever a learner wrote in theirs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::libtest::{self, Outcome};
use super::run::run;
use super::{Scope, files, patches};
use crate::cargo::{self, Executable};
use crate::{Step, Stop, Twin};

/// How long one test executable may take. The kit's own deadlines end it long before.
const DEADLINE: Duration = Duration::from_secs(120);
/// Building has no deadline of its own: how long it takes is the machine's affair.
const BUILD: Duration = Duration::from_secs(3600);

/// The copy.
#[derive(Clone, Debug)]
pub struct Tree<'a> {
    scope: &'a Scope,
    root: PathBuf,
}

/// One test file, run.
#[derive(Clone, Debug)]
pub struct TestFile {
    /// Its name without `.rs`, such as `t1_payload`.
    pub name: String,
    /// How each of its tests went.
    pub tests: BTreeMap<String, Outcome>,
    /// All that was printed.
    pub text: String,
    /// How long it took.
    pub took: Duration,
}

impl<'a> Tree<'a> {
    /// Copies what changed since the last time, and makes all starters.
    ///
    /// # Errors
    ///
    /// If something cannot be copied, or a starter cannot be made.
    pub fn prepare(scope: &'a Scope) -> Result<Tree<'a>, Stop> {
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
        for step in repo.steps(Twin::Yours)? {
            let (from, to) = (repo.crate_of(&step, Twin::Yours), tree.folder(&step));
            let manifest = from.join("Cargo.toml");
            let text = std::fs::read_to_string(&manifest).map_err(|error| Stop::path("read", &manifest, &error))?;
            files::write_one(&to.join("Cargo.toml"), &text)?;
            files::write(&to, "tests", &files::read(&from, "tests")?)?;
            tree.put(&step, 0)?;
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

    /// A cargo that runs in the tree, with a target directory of the tree's own.
    pub fn cargo(&self) -> Command {
        let mut command = cargo::command(&self.root);
        command.env("CARGO_TARGET_DIR", self.scope.target());
        command
    }

    /// Builds the step's test files (those named, or all) and runs them one after the other, as cargo would.
    ///
    /// # Errors
    ///
    /// If they do not compile.
    pub fn test(&self, step: &Step, only: &[String]) -> Result<Vec<TestFile>, Stop> {
        let mut built: Vec<_> = self
            .build(step, only)?
            .into_iter()
            .filter(|built| built.kind == "test")
            .collect();
        built.sort_by(|one, other| one.target.cmp(&other.target));
        built.iter().map(|built| self.run(step, built)).collect()
    }

    fn build(&self, step: &Step, only: &[String]) -> Result<Vec<Executable>, Stop> {
        let mut command = self.cargo();
        command.args([
            "test",
            "--no-run",
            "--quiet",
            "--message-format=json-render-diagnostics",
            "--package",
            &step.name,
        ]);
        if only.is_empty() {
            command.arg("--tests");
        }
        for name in only {
            command.args(["--test", name]);
        }
        let ran = run(&mut command, BUILD)?;
        if ran.ok {
            return Ok(cargo::executables(ran.out.as_bytes()));
        }
        // JSON is cargo's; the rest is the compiler's, and its first error is the one to read.
        let said: Vec<_> = ran
            .text
            .lines()
            .filter(|line| !line.starts_with("{\""))
            .take(40)
            .collect();
        Err(format!(
            "{} does not compile in {}:\n{}",
            step.name,
            self.root.display(),
            said.join("\n")
        )
        .into())
    }

    fn run(&self, step: &Step, built: &Executable) -> Result<TestFile, Stop> {
        let ran = run(&mut cargo::test(&self.folder(step), &built.path), DEADLINE)?;
        Ok(TestFile {
            name: built.target.clone(),
            tests: libtest::read(&ran.out),
            text: ran.text,
            took: ran.took,
        })
    }
}
