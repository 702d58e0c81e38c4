//! The repository: its root, its steps, and the two crates of each step.

pub mod backup;
pub mod hints;
pub mod libtest;
pub mod modules;
pub mod patches;
pub mod suite;

use std::env;
use std::path::{Path, PathBuf};

use crate::CliError;
use crate::system::cargo;
use crate::system::files::{self, Files};
use crate::term::say;

/// The repository.
#[derive(Clone, Debug)]
pub struct Repo {
    root: PathBuf,
}

/// A step of the kata, in both workspaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its number, 1 to 9.
    pub number: u8,
    /// The name of its folder, its package and its program, such as `step1-enqueue`.
    pub name: String,
}

/// One of the two crates of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The starter, at the root, which the learner edits.
    Starter,
    /// Our solution, in `solutions/`.
    Solution,
}

impl Repo {
    /// Returns the repository that contains the current folder.
    ///
    /// # Errors
    ///
    /// If the current folder is not in a repository.
    pub fn here() -> Result<Repo, CliError> {
        let folder = env::current_dir().map_err(|error| format!("The current folder cannot be found: {error}."))?;
        Repo::around(&folder)
    }

    /// Returns the repository that contains `folder`: the nearest folder above it with a
    /// `Cargo.toml`, `solutions` and `crates/kata`. It is searched for each time, so that a clone
    /// can be moved.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub fn around(folder: &Path) -> Result<Repo, CliError> {
        let is_root = |path: &&Path| {
            path.join("Cargo.toml").is_file() && path.join("solutions").is_dir() && path.join("crates/kata").is_dir()
        };
        match folder.ancestors().find(is_root) {
            Some(root) => Ok(Repo { root: root.to_owned() }),
            None => Err(format!(
                "{} is not inside the kata's repository (a Cargo.toml beside solutions/ and crates/kata/). \
                 Go to the folder that you cloned, and try again.",
                folder.display()
            )
            .into()),
        }
    }

    /// Returns the root folder, which is also that of the root workspace.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the folder of a workspace: the root, or `solutions`.
    pub fn workspace(&self, side: Side) -> PathBuf {
        match side {
            Side::Starter => self.root.clone(),
            Side::Solution => self.root.join("solutions"),
        }
    }

    /// Returns the folder of a step's crate.
    pub fn crate_of(&self, step: &Step, side: Side) -> PathBuf {
        self.workspace(side).join(&step.name)
    }

    /// Reads the `src` of a step's crate.
    ///
    /// # Errors
    ///
    /// If a file cannot be read, or is not text.
    pub fn sources(&self, step: &Step, side: Side) -> Result<Files, CliError> {
        files::read(&self.crate_of(step, side), "src")
    }

    /// Returns the folder of the chapters.
    pub fn docs(&self) -> PathBuf {
        self.root.join("docs")
    }

    /// Returns the folder for files that the tool can create again.
    pub fn cache(&self) -> PathBuf {
        self.root.join("target/kata")
    }

    /// Returns the step whose starter contains the current folder.
    pub fn step_here(&self) -> Option<Step> {
        let here = env::current_dir().ok()?;
        let name = here.strip_prefix(&self.root).ok()?.components().next()?;
        Step::of(&name.as_os_str().to_string_lossy()).filter(|step| self.crate_of(step, Side::Starter).is_dir())
    }

    /// Formats a path for a command that is typed in the current folder: relative if that is the
    /// root, otherwise absolute.
    pub fn display_path(&self, path: &Path) -> String {
        let short = path.strip_prefix(&self.root).ok();
        let short = short.filter(|_| env::current_dir().is_ok_and(|here| here == self.root));
        short.unwrap_or(path).display().to_string()
    }

    /// Formats a cargo command of the root workspace as it must be typed in the current folder.
    /// Below `solutions`, the same command would mean our solution.
    pub fn cargo(&self, args: &[&str]) -> String {
        let plain = cargo::display(&self.root, &self.root, args);
        match env::current_dir() {
            Ok(here) if here.starts_with(self.workspace(Side::Solution)) => {
                format!("(cd {} && {plain})", say::quote(&self.root.to_string_lossy()))
            }
            _ => plain,
        }
    }

    /// Returns the steps of a workspace, in order: folders named `step1-…` to `step9-…` with a
    /// crate.
    ///
    /// # Errors
    ///
    /// If the workspace's folder cannot be read.
    pub fn steps(&self, side: Side) -> Result<Vec<Step>, CliError> {
        let paths = files::entries(&self.workspace(side))?;
        let paths = paths.iter().filter(|path| path.join("Cargo.toml").is_file());
        let mut steps: Vec<_> = paths.filter_map(|path| Step::of(&files::name(path))).collect();
        steps.sort_by_key(|step| step.number);
        Ok(steps)
    }

    /// Finds a step by its number (`2`), its folder (`step2-poller`, with or without the path), or
    /// one half of its name (`step2`, `poller`).
    ///
    /// # Errors
    ///
    /// If there is no such step in that workspace.
    pub fn step(&self, side: Side, which: &str) -> Result<Step, CliError> {
        let name = which.trim_end_matches('/').rsplit('/').next().unwrap_or(which);
        let steps = self.steps(side)?;
        let known: Vec<_> = steps
            .iter()
            .map(|step| format!("{} ({})", step.number, step.name))
            .collect();
        steps.into_iter().find(|step| step.is_called(name)).ok_or_else(|| {
            CliError::arguments(format!(
                "There is no step {which:?}. Give a number or a name of these: {}.",
                known.join(", ")
            ))
        })
    }
}

impl Step {
    /// Returns the step whose folder has this name, if it is the name of a step.
    pub fn of(name: &str) -> Option<Step> {
        let (number, rest) = name.strip_prefix("step")?.split_once('-')?;
        let number = number.parse().ok().filter(|number| (1..=9).contains(number))?;
        (!rest.is_empty()).then(|| Step {
            number,
            name: name.to_owned(),
        })
    }

    fn is_called(&self, name: &str) -> bool {
        let halves = self.name.split_once('-').unwrap_or((&self.name, ""));
        name == self.name || name == halves.0 || name == halves.1 || name == self.number.to_string()
    }
}
