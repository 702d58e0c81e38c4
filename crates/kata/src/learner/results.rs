//! The results of the last run of each group of tests, stored in `target/kata/results`. They can be
//! deleted without loss.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::build::Executables;
use super::{ExecutableFile, Fingerprint, State};
use crate::system::files;
use crate::{CliError, Repo, Step};

/// The last run of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Its result. (The file calls it the outcome.)
    #[serde(rename = "outcome")]
    pub state: State,
    test: Fingerprint,
    program: Fingerprint,
}

/// The stored results of a step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Results {
    /// When its tests were last started, in seconds since 1970 UTC.
    pub at: u64,
    groups: BTreeMap<String, Record>,
}

impl Results {
    /// Loads the results of a step. Returns `None` if there are none, or if the file cannot be
    /// read.
    pub fn load(repo: &Repo, step: &Step) -> Option<Results> {
        serde_json::from_slice(&fs::read(path(repo, step)).ok()?).ok()
    }

    /// Saves the results.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn save(&self, repo: &Repo, step: &Step) -> Result<(), CliError> {
        let path = path(repo, step);
        let text = serde_json::to_string_pretty(self).map_err(|error| CliError::path("write", &path, &error))?;
        files::write_one(&path, &text)
    }

    /// Records the result of a group that has just run with these executables.
    ///
    /// # Errors
    ///
    /// If an executable cannot be read.
    pub fn record(&mut self, group: &str, state: State, of: &Executables) -> Result<(), CliError> {
        let fingerprint = |file: &ExecutableFile| {
            let fingerprint = file.fingerprint();
            fingerprint.map_err(|error| CliError::path("read", &file.path, &error))
        };
        let record = Record {
            state,
            test: fingerprint(&of.test)?,
            program: fingerprint(&of.program)?,
        };
        self.groups.insert(group.to_owned(), record);
        self.touch();
        Ok(())
    }

    /// Records that the tests were started just now, even if they did not compile.
    pub fn touch(&mut self) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.at = now.as_secs();
    }

    /// Returns the last result of a group, even if the code has changed since.
    pub fn last(&self, group: &str) -> Option<State> {
        Some(self.groups.get(group)?.state)
    }

    /// Returns true if no group has ever run, because the code did not compile.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Returns the result of a group if it was run with these executables.
    pub fn of(&self, group: &str, executables: &Executables) -> Option<State> {
        let record = self.groups.get(group)?;
        let fits = executables.test.matches(&record.test) && executables.program.matches(&record.program);
        fits.then_some(record.state)
    }
}

fn path(repo: &Repo, step: &Step) -> PathBuf {
    repo.cache().join(format!("results/{}.json", step.name))
}
