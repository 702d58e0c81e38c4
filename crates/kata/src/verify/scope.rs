//! The repository and the steps that are checked.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::system::files::{self, Files};
use crate::system::{cargo, current_exe, git};
use crate::{CliError, Repo, Side, Step};

/// The default number of runs of the check for flaky tests.
const FLAKE: usize = 20;

/// The repository and the steps that are checked.
#[derive(Clone, Debug)]
pub struct Scope {
    /// The repository.
    pub repo: Repo,
    /// The steps to check, in order.
    pub steps: Vec<Step>,
    /// True if these are not all steps. Then the checks that concern all steps together are left
    /// out.
    pub partial: bool,
    /// Write the starters instead of comparing them.
    pub write: bool,
    /// How often the check for flaky tests runs the tests of each step, in series and in parallel.
    pub flake: usize,
    /// The program that cargo calls to lint, once it has been copied.
    linter: OnceLock<Result<PathBuf, CliError>>,
}

impl Scope {
    /// Selects all steps of the repository, or one.
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

    /// Returns the target directory for the solutions and the throw-away tree. They share it, so
    /// that their common dependencies are built once. It is not `target` or `solutions/target`, so
    /// that these do not contain the programs of the other workspace. Cargo keeps the two apart
    /// because their versions differ, which the check of stale builds confirms.
    ///
    /// The root workspace is only linted in it, and never tested. Its tools and their copies in the
    /// tree are the same packages for cargo, which would build them again each time.
    pub fn target(&self) -> PathBuf {
        self.repo.cache().join("verify/target")
    }

    /// Makes a cargo command lint the packages of its own workspace that it builds: cargo calls
    /// this program in place of the compiler (see [`super::lint`]).
    ///
    /// It calls a copy, because cargo may replace this program while it builds the tools. The copy
    /// is compared with this program only once in a run, because both are large; and cargo may be
    /// running the copy by then, so that it could not be replaced.
    ///
    /// # Errors
    ///
    /// If the copy cannot be written.
    pub fn with_lints(&self, mut cargo: Command) -> Result<Command, CliError> {
        let linter = self.linter.get_or_init(|| copy_of_this_program(&self.repo)).clone()?;
        cargo.env("RUSTC_WORKSPACE_WRAPPER", linter);
        Ok(cargo)
    }

    /// Returns the last commit of a step's starter, if a learner has changed the starter since.
    pub fn committed_if_edited(&self, step: &Step) -> Option<Files> {
        let root = self.repo.root();
        let is_edited = git::is_edited(root, &step.name)?;
        git::committed(root, &step.name).filter(|_| is_edited)
    }

    /// Returns a cargo command that runs in `folder` and builds in [`target`](Scope::target).
    pub fn cargo(&self, folder: &Path) -> Command {
        let mut command = cargo::command(folder);
        command.env("CARGO_TARGET_DIR", self.target());
        // Backtraces are not used here, and without debug information a build takes a fifth less
        // time.
        command.env("CARGO_PROFILE_DEV_DEBUG", "false");
        command
    }
}

fn copy_of_this_program(repo: &Repo) -> Result<PathBuf, CliError> {
    let (program, copy) = (current_exe()?, repo.cache().join("verify/lint"));
    let bytes = fs::read(program).map_err(|error| CliError::path("read", program, &error))?;
    // If the copy is equal, it keeps its time of change: otherwise cargo would build everything
    // again.
    if !fs::read(&copy).is_ok_and(|old| old == bytes) {
        files::create_folder(&repo.cache().join("verify"))?;
        fs::copy(program, &copy).map_err(|error| CliError::path("write", &copy, &error))?;
    }
    Ok(copy)
}
