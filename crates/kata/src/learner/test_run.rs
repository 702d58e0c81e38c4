//! Runs groups of tests.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use testkit::redis::NoRedis;

use super::Outcome;
use crate::repo::libtest;
use crate::repo::suite::Suite;
use crate::system::cargo;
use crate::system::run::{CommandOutput, Progress, run_with_progress};
use crate::{CliError, Repo, Side};

/// How long one call of the test program may take. The deadlines of the test kit end it long
/// before, but they do not end a loop that does not use Redis.
const DEADLINE: Duration = Duration::from_secs(120);

/// The result of running a group of tests.
#[derive(Clone, Debug)]
pub struct TestRun {
    /// Its result.
    pub outcome: Outcome,
    /// The outcome of each of its tests, by name without the group.
    pub tests: BTreeMap<String, libtest::Outcome>,
    /// All that the test program printed, also for other groups in the same call.
    pub text: String,
    /// How long the test program took.
    pub took: Duration,
}

impl TestRun {
    /// Runs some groups of a step's test program in one call. If a test ends the program early,
    /// each group runs again in its own call, because only then it is clear which group the test
    /// belongs to. Returns `None` if `progress` has cancelled it.
    ///
    /// # Errors
    ///
    /// If the test program cannot be started.
    pub fn run(
        repo: &Repo,
        suite: &Suite,
        executable: &Path,
        groups: &[String],
        progress: &dyn Progress,
    ) -> Result<Option<Vec<TestRun>>, CliError> {
        let mut command = cargo::test(&repo.crate_of(&suite.step, Side::Starter), executable);
        command.args(groups.iter().map(|group| format!("{group}::")));
        let Some(ran) = run_with_progress(&mut command, DEADLINE, progress)? else {
            return Ok(None);
        };
        if groups.len() == 1 || libtest::is_complete(&ran.out, ran.ok) {
            return Ok(Some(TestRun::split(groups, &ran)));
        }
        let mut test_runs = Vec::new();
        for group in groups {
            match TestRun::run(repo, suite, executable, std::slice::from_ref(group), progress)? {
                Some(alone) => test_runs.extend(alone),
                None => return Ok(None),
            }
        }
        Ok(Some(test_runs))
    }

    /// Splits the output of one call by group. If the program did not end normally, no group is
    /// green.
    pub fn split(groups: &[String], ran: &CommandOutput) -> Vec<TestRun> {
        let mut tests = libtest::by_group(&libtest::read(&ran.out));
        let is_complete = libtest::is_complete(&ran.out, ran.ok);
        let test_run = |group: &String| {
            let mut test_run = TestRun {
                outcome: Outcome::Green,
                tests: tests.remove(group).unwrap_or_default(),
                text: ran.text.clone(),
                took: ran.took,
            };
            let failures = test_run.failures();
            let no_redis = match failures[..] {
                [] => !is_complete && NoRedis::is_quoted_in(&ran.text),
                [..] => failures.iter().any(|(_, output)| NoRedis::is_quoted_in(output)),
            };
            test_run.outcome = match (no_redis, failures.is_empty() && is_complete) {
                (true, _) => Outcome::NoRedis,
                (false, true) => Outcome::Green,
                (false, false) => Outcome::Red,
            };
            test_run
        };
        groups.iter().map(test_run).collect()
    }

    /// Returns the tests that failed, and the output of each.
    pub fn failures(&self) -> Vec<(&str, &str)> {
        let failed = self.tests.iter().filter_map(|(name, outcome)| match outcome {
            libtest::Outcome::Failed(output) => Some((name.as_str(), output.as_str())),
            libtest::Outcome::Ok | libtest::Outcome::Ignored => None,
        });
        failed.collect()
    }

    /// Returns the number of tests that ran.
    pub fn ran(&self) -> usize {
        let ignored = |outcome: &&libtest::Outcome| **outcome != libtest::Outcome::Ignored;
        self.tests.values().filter(ignored).count()
    }

    /// Returns the lines in which tests of this `group` report that they were skipped.
    pub fn skipped(&self, group: &str) -> impl Iterator<Item = &str> {
        let start = format!("SKIPPED: {group}::");
        self.text.lines().filter(move |line| line.contains(&start))
    }
}
