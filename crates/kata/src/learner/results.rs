//! How the groups of a step's tests went the last time, kept under `target/kata/results`. It can be
//! deleted without loss.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::build::Executables;
use super::{ExecutableFile, Fingerprint};
use crate::{CliError, Repo, Step, files};

/// How a group went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// All its tests passed.
    Green,
    /// One failed.
    Red,
    /// It found no Redis.
    NoRedis,
}

/// A group's last run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// How it went.
    pub outcome: Outcome,
    test: Fingerprint,
    program: Fingerprint,
}

/// What is known of a step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Results {
    /// When something was last tried, in seconds since 1970 UTC.
    pub at: u64,
    groups: BTreeMap<String, Record>,
}

impl Results {
    /// What is known of a step; `None` if nothing was ever tried, or if what was kept cannot be read any more.
    pub fn load(repo: &Repo, step: &Step) -> Option<Results> {
        serde_json::from_slice(&fs::read(path(repo, step)).ok()?).ok()
    }

    /// Keeps it.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn save(&self, repo: &Repo, step: &Step) -> Result<(), CliError> {
        let path = path(repo, step);
        let text = serde_json::to_string_pretty(self).map_err(|error| CliError::path("write", &path, &error))?;
        files::write_one(&path, &text)
    }

    /// Takes a run in: of these executables, now.
    ///
    /// # Errors
    ///
    /// If an executable cannot be read.
    pub fn record(&mut self, group: &str, outcome: Outcome, of: &Executables) -> Result<(), CliError> {
        let fingerprint = |file: &ExecutableFile| {
            let fingerprint = file.fingerprint();
            fingerprint.map_err(|error| CliError::path("read", &file.path, &error))
        };
        let record = Record {
            outcome,
            test: fingerprint(&of.test)?,
            program: fingerprint(&of.program)?,
        };
        self.groups.insert(group.to_owned(), record);
        self.touch();
        Ok(())
    }

    /// Something was tried, now, even if it came to nothing.
    pub fn touch(&mut self) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.at = now.as_secs();
    }

    /// How a group went, whatever has changed since.
    pub fn last(&self, group: &str) -> Option<Outcome> {
        Some(self.groups.get(group)?.outcome)
    }

    /// Returns true if no group was ever run: something was tried, and did not compile.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// How a group went, if it was with these executables.
    pub fn of(&self, group: &str, executables: &Executables) -> Option<Outcome> {
        let record = self.groups.get(group)?;
        let fits = executables.test.matches(&record.test) && executables.program.matches(&record.program);
        fits.then_some(record.outcome)
    }
}

fn path(repo: &Repo, step: &Step) -> PathBuf {
    repo.cache().join(format!("results/{}.json", step.name))
}
