//! Runs groups of tests.

use std::path::Path;
use std::time::Duration;

use testkit::redis::NoRedis;

use super::State;
use crate::repo::libtest::{self, TestOutcome, Tests};
use crate::repo::suite::Suite;
use crate::system::run::{CommandOutput, run_cancellable};
use crate::system::{Cancellation, cargo};
use crate::{CliError, Repo, Side};

/// How long one call of the test program may take. The deadlines of the test kit end it long
/// before, but they do not end a loop that does not use Redis.
const DEADLINE: Duration = Duration::from_secs(120);

/// The result of running a group of tests.
#[derive(Clone, Debug)]
pub struct TestRun {
    /// Its result.
    pub state: State,
    /// The outcome of each of its tests, by name without the group.
    pub tests: Tests,
    /// All that the test program printed, also for other groups in the same call.
    pub text: String,
    /// How long the test program took.
    pub took: Duration,
}

impl TestRun {
    /// Runs some groups of a step's test program in one call. If a test ends the program early,
    /// each group runs again in its own call, because only then it is clear which group the test
    /// belongs to.
    ///
    /// # Errors
    ///
    /// If the test program cannot be started, or `token` is cancelled.
    pub fn run(
        repo: &Repo,
        suite: &Suite,
        executable: &Path,
        groups: &[String],
        token: &Cancellation,
    ) -> Result<Vec<TestRun>, CliError> {
        let mut command = cargo::test(&repo.crate_of(&suite.step, Side::Starter), executable);
        command.args(groups.iter().map(|group| format!("{group}::")));
        let ran = run_cancellable(&mut command, DEADLINE, token)?;
        if groups.len() == 1 || libtest::is_complete(&ran.out, ran.ok()) {
            return Ok(TestRun::split(groups, &ran));
        }
        let mut test_runs = Vec::new();
        for group in groups.chunks(1) {
            test_runs.extend(TestRun::run(repo, suite, executable, group, token)?);
        }
        Ok(test_runs)
    }

    /// Splits the output of one call by group. If the program did not end normally, no group is
    /// green.
    pub fn split(groups: &[String], ran: &CommandOutput) -> Vec<TestRun> {
        let mut tests = libtest::by_group(&libtest::read(&ran.out));
        let is_complete = libtest::is_complete(&ran.out, ran.ok());
        let test_run = |group: &String| {
            let tests = tests.remove(group).unwrap_or_default();
            let failures: Vec<_> = libtest::failures(&tests).collect();
            let no_redis = match failures[..] {
                [] => !is_complete && NoRedis::is_quoted_in(&ran.text),
                [..] => failures.iter().any(|(_, output)| NoRedis::is_quoted_in(output)),
            };
            let state = match (no_redis, failures.is_empty() && is_complete) {
                (true, _) => State::NoRedis,
                (false, true) => State::Green,
                (false, false) => State::Red,
            };
            TestRun {
                state,
                tests,
                text: ran.text.clone(),
                took: ran.took,
            }
        };
        groups.iter().map(test_run).collect()
    }

    /// Returns the tests that failed, and the output of each.
    pub fn failures(&self) -> Vec<(&str, &str)> {
        libtest::failures(&self.tests).collect()
    }

    /// Returns the number of tests that ran.
    pub fn ran(&self) -> usize {
        let outcomes = self.tests.values();
        outcomes.filter(|outcome| **outcome != TestOutcome::Ignored).count()
    }

    /// Returns the lines in which tests of this `group` report that they were skipped.
    pub fn skipped(&self, group: &str) -> impl Iterator<Item = &str> {
        let start = format!("SKIPPED: {group}::");
        self.text.lines().filter(move |line| line.contains(&start))
    }
}
