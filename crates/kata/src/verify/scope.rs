//! What is verified: the repository, and which of its steps.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::lint;
use crate::{CliError, Repo, Side, Step, cargo};

/// How often tests are run to see whether they fail now and then, unless it is said.
const FLAKE: usize = 20;

/// What is verified.
#[derive(Clone, Debug)]
pub struct Scope {
    /// The repository.
    pub repo: Repo,
    /// The steps to verify, in order.
    pub steps: Vec<Step>,
    /// Whether these are only some of the steps; then what concerns all of them is left out.
    pub partial: bool,
    /// Write the starters instead of comparing them.
    pub write: bool,
    /// How often the check of flaky tests runs each step's tests, in series and in parallel.
    pub flake: usize,
    /// The program that cargo calls to lint, once it has been copied.
    linter: OnceLock<Result<PathBuf, CliError>>,
}

impl Scope {
    /// All steps of the repository, or one.
    ///
    /// # Errors
    ///
    /// If the steps cannot be read, or there is no such step.
    pub fn new(repo: &Repo, step: Option<&str>, write: bool) -> Result<Scope, CliError> {
        let steps = match step {
            Some(which) => vec![repo.step(Side::Solution, which)?],
            None => repo.steps(Side::Solution)?,
        };
        Ok(Scope {
            repo: repo.clone(),
            steps,
            partial: step.is_some(),
            write,
            flake: FLAKE,
            linter: OnceLock::new(),
        })
    }

    /// The target directory of what is built of the solutions and of the throw-away tree: one for both, so that what
    /// they depend on is built once, and neither `target` nor `solutions/target` is left with the other's programs. Their
    /// versions differ, so cargo keeps them apart; the check of stale builds proves it.
    ///
    /// The root's workspace is only linted in it, never tested: to cargo, its tools and the tree's copies of them are the same
    /// packages, and would be built again in turn.
    pub fn target(&self) -> PathBuf {
        self.repo.cache().join("verify/target")
    }

    /// Returns the path of a copy of this program that cargo calls to lint. The copy is compared with
    /// this program only once in a run, because both are large; and cargo may be running the copy by
    /// then, so that it could not be replaced.
    ///
    /// # Errors
    ///
    /// If the copy cannot be written.
    pub fn linter(&self) -> Result<PathBuf, CliError> {
        self.linter
            .get_or_init(|| lint::copy_of_this_program(&self.repo))
            .clone()
    }

    /// A cargo that runs in `folder` and builds in [`target`](Scope::target).
    pub fn cargo(&self, folder: &Path) -> Command {
        let mut command = cargo::command(folder);
        command.env("CARGO_TARGET_DIR", self.target());
        // Nobody looks at a backtrace, and without what it needs a build is a fifth quicker.
        command.env("CARGO_PROFILE_DEV_DEBUG", "false");
        command
    }
}
