//! Groups of tests, run.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use testkit::redis::NoRedis;

use super::Outcome;
use crate::run::{CommandOutput, Progress, run_with_progress};
use crate::suite::Suite;
use crate::{CliError, Repo, Side, cargo, libtest};

/// How long one call of the test program may take. The kit's own deadlines end it long before; but
/// they do not end a loop that asks nothing of Redis.
const DEADLINE: Duration = Duration::from_secs(120);

/// How a group of tests went.
#[derive(Clone, Debug)]
pub struct TestRun {
    /// In one word.
    pub outcome: Outcome,
    /// Each of its tests, by name without the group.
    pub tests: BTreeMap<String, libtest::Outcome>,
    /// All that the test program printed, which other groups may have shared.
    pub text: String,
    /// How long the test program took.
    pub took: Duration,
}

impl TestRun {
    /// Runs some groups of a step's test program in one call. If a test ends the program before its
    /// end, each group is run again in a call of its own, because only then it is clear which one
    /// it was. `None` if the attendant has had enough before all was done.
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

    /// Reads from the output of one call how each of these groups went. If the program did not come
    /// to its end, none is green.
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

    /// The tests that failed, and what each printed.
    pub fn failures(&self) -> Vec<(&str, &str)> {
        let failed = self.tests.iter().filter_map(|(name, outcome)| match outcome {
            libtest::Outcome::Failed(output) => Some((name.as_str(), output.as_str())),
            libtest::Outcome::Ok | libtest::Outcome::Ignored => None,
        });
        failed.collect()
    }

    /// How many tests ran.
    pub fn ran(&self) -> usize {
        let ignored = |outcome: &&libtest::Outcome| **outcome != libtest::Outcome::Ignored;
        self.tests.values().filter(ignored).count()
    }

    /// The lines in which tests of this `group` say that they did not run.
    pub fn skipped(&self, group: &str) -> impl Iterator<Item = &str> {
        let start = format!("SKIPPED: {group}::");
        self.text.lines().filter(move |line| line.contains(&start))
    }
}
