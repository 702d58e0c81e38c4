//! One test file, tried.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use testkit::redis::NoRedis;

use super::Outcome;
use crate::run::{Attendant, attended};
use crate::suite::Suite;
use crate::{Repo, Stop, Twin, cargo, libtest};

/// How long one test file may take. The kit's own deadlines end it long before; but a loop without an end in code that
/// asks nothing of Redis knows none.
const DEADLINE: Duration = Duration::from_secs(120);

/// How a test file went.
#[derive(Clone, Debug)]
pub struct Trial {
    /// In one word.
    pub outcome: Outcome,
    /// Each of its tests.
    pub tests: BTreeMap<String, libtest::Outcome>,
    /// All that was printed.
    pub text: String,
    /// How long it took.
    pub took: Duration,
}

impl Trial {
    /// Runs the executable of a step's test file. `None` if the attendant has had enough before it was done.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn run(
        repo: &Repo,
        suite: &Suite,
        executable: &Path,
        attendant: &dyn Attendant,
    ) -> Result<Option<Trial>, Stop> {
        let folder = repo.crate_of(&suite.step, Twin::Yours);
        let Some(ran) = attended(&mut cargo::test(&folder, executable), DEADLINE, attendant)? else {
            return Ok(None);
        };
        let outcome = if ran.ok && libtest::is_green(&ran.out) {
            Outcome::Green
        } else if NoRedis::is_told_in(&ran.text) {
            Outcome::NoRedis
        } else {
            Outcome::Red
        };
        Ok(Some(Trial {
            outcome,
            tests: libtest::read(&ran.out),
            text: ran.text,
            took: ran.took,
        }))
    }

    /// The tests that failed, and what each said.
    pub fn failures(&self) -> Vec<(&str, &str)> {
        let failed = self.tests.iter().filter_map(|(name, outcome)| match outcome {
            libtest::Outcome::Failed(said) => Some((name.as_str(), said.as_str())),
            libtest::Outcome::Ok | libtest::Outcome::Ignored => None,
        });
        failed.collect()
    }

    /// How many tests ran.
    pub fn ran(&self) -> usize {
        let ignored = |outcome: &&libtest::Outcome| **outcome != libtest::Outcome::Ignored;
        self.tests.values().filter(ignored).count()
    }

    /// What tests said of themselves that did not run.
    pub fn skipped(&self) -> impl Iterator<Item = &str> {
        self.text.lines().filter(|line| line.contains("SKIPPED: "))
    }
}
