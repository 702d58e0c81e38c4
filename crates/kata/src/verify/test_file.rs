//! A step's test program, built and run without cargo between them and us, and what came of each of
//! its groups.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::libtest::{self, Outcome};
use super::run::{CommandOutput, run};
use crate::cargo::{self, TESTS};
use crate::{CliError, Step, suite};

/// How long one call of a test program may take. The kit's own deadlines end it long before.
const DEADLINE: Duration = Duration::from_secs(300);
/// Building has no deadline of its own: how long it takes is the machine's affair.
const BUILD_TIMEOUT: Duration = Duration::from_secs(3600);

/// How many of its last lines are shown of a program that broke off.
const LAST_LINES: usize = 40;

/// A group of tests, run: a test file, several in a module, or those of an earlier step.
#[derive(Clone, Debug)]
pub struct TestFile {
    /// The group's name, such as `t1_payload`.
    pub name: String,
    /// How each of its tests went, by name without the group.
    pub tests: BTreeMap<String, Outcome>,
    /// Whether it ended well. If not, and no test has failed, the program broke off in the middle
    /// of it.
    pub ok: bool,
    /// What was printed.
    pub text: String,
}

/// A step's test program.
#[derive(Clone, Debug)]
pub struct TestProgram {
    path: PathBuf,
    /// Where cargo would run it.
    folder: PathBuf,
    /// The groups that must be there, whatever it prints.
    groups: Vec<String>,
}

impl TestProgram {
    /// Builds a step's test program by a cargo that runs in its workspace. `folder` is the step's
    /// crate there; `tests` holds the tests.
    ///
    /// # Errors
    ///
    /// If it does not compile.
    pub fn build(mut cargo: Command, step: &Step, folder: &Path, tests: &Path) -> Result<TestProgram, CliError> {
        cargo.args([
            "test",
            "--no-run",
            "--quiet",
            "--message-format=json-render-diagnostics",
        ]);
        cargo.args(["--package", &step.name, "--test", TESTS]);
        let ran = run(&mut cargo, BUILD_TIMEOUT)?;
        if !ran.ok {
            // JSON is cargo's; the rest is the compiler's, and its first error is the one to read.
            let output = ran.text.lines().filter(|line| !line.starts_with("{\""));
            let output: Vec<_> = output.take(LAST_LINES).collect();
            return Err(format!(
                "{} does not compile in {}:\n{}",
                step.name,
                folder.display(),
                output.join("\n")
            )
            .into());
        }
        let built = cargo::executables(ran.out.as_bytes());
        let built = built
            .into_iter()
            .find(|built| built.kind == "test" && built.target == TESTS);
        let built = built.ok_or_else(|| format!("Cargo built no test program `{TESTS}` of {}.", step.name))?;
        Ok(TestProgram {
            path: built.path,
            folder: folder.to_owned(),
            groups: suite::groups(tests)?,
        })
    }

    /// The groups that are part of the map, in its order.
    pub fn groups(&self) -> &[String] {
        &self.groups
    }

    /// Runs all of it.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn run(&self) -> Result<Vec<TestFile>, CliError> {
        self.call(&[], &self.groups)
    }

    /// Runs some groups, in one call.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn run_groups(&self, groups: &[String]) -> Result<Vec<TestFile>, CliError> {
        let filters: Vec<_> = groups.iter().map(|group| format!("{group}::")).collect();
        self.call(&filters, groups)
    }

    /// Runs all groups but these, in one call.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn run_without(&self, skipped: &[String]) -> Result<Vec<TestFile>, CliError> {
        let mut groups = self.groups.clone();
        groups.retain(|group| !skipped.contains(group));
        let skip = |group: &String| ["--skip".to_owned(), format!("{group}::")];
        self.call(&skipped.iter().flat_map(skip).collect::<Vec<_>>(), &groups)
    }

    /// Runs one test alone, by its whole name. None if it did not come to its end, or there is no
    /// such test.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn run_test(&self, name: &str) -> Result<Option<Outcome>, CliError> {
        let mut command = self.command(&[]);
        // The answers that are tried at the same time keep the machine busy, and one that hangs is to be caught soon.
        command.args(["--exact", name]).env("KATA_STRICT_WAITS", "1");
        let ran = run(&mut command, DEADLINE)?;
        Ok(libtest::read(&ran.out).remove(name))
    }

    fn call(&self, args: &[String], groups: &[String]) -> Result<Vec<TestFile>, CliError> {
        let ran = run(&mut self.command(args), DEADLINE)?;
        if libtest::is_complete(&ran.out, ran.ok) {
            return Ok(split(groups, &ran, None));
        }
        let listed = self.list(args, &[])?;
        let ignored = self.list(args, &["--ignored"])?;
        Ok(split(groups, &ran, Some(&listed - &ignored)))
    }

    fn command(&self, args: &[String]) -> Command {
        let mut command = cargo::test(&self.folder, &self.path);
        command.args(args);
        command
    }

    /// The names of the tests that a call with these arguments runs.
    fn list(&self, args: &[String], more: &[&str]) -> Result<BTreeSet<String>, CliError> {
        let mut command = self.command(args);
        let ran = run(command.args(["--list", "--format", "terse"]).args(more), DEADLINE)?;
        Ok(libtest::listed(&ran.out).map(str::to_owned).collect())
    }
}

/// What came of these groups and of any others that the output names, sorted by name. `expected`
/// are the tests that should have run; they are given if the program broke off.
pub fn split(groups: &[String], ran: &CommandOutput, expected: Option<BTreeSet<String>>) -> Vec<TestFile> {
    let outcomes = libtest::read(&ran.out);
    let broke_off = expected.is_some();
    let unfinished = expected.unwrap_or_default();
    let unfinished: BTreeSet<_> = unfinished.iter().filter(|name| !outcomes.contains_key(*name)).collect();
    let mut tests = libtest::by_group(&outcomes);
    for group in groups {
        tests.entry(group.clone()).or_default();
    }
    let file = |(name, tests): (String, BTreeMap<String, Outcome>)| {
        let start = format!("{name}::");
        let of_group: Vec<_> = unfinished.iter().filter_map(|test| test.strip_prefix(&start)).collect();
        let failed = tests.values().any(|outcome| matches!(outcome, Outcome::Failed(_)));
        // Sometimes all tests have ended, and the program breaks off only then: no group is to be
        // trusted.
        let is_broken = broke_off && (unfinished.is_empty() || !of_group.is_empty());
        let text = match of_group[..] {
            _ if !is_broken => ran.text.clone(),
            [] => format!("The test program ended badly after its last test:\n{}", last(&ran.text)),
            [..] => format!(
                "The test program broke off before these tests of {name} ended: {}. Its last lines:\n{}",
                of_group.join(", "),
                last(&ran.text)
            ),
        };
        TestFile {
            name,
            tests,
            ok: !failed && !is_broken,
            text,
        }
    };
    tests.into_iter().map(file).collect()
}

impl TestFile {
    /// Returns true if the program broke off in this group, although none of its tests has failed.
    pub fn broke_off(&self) -> bool {
        !self.ok && !self.tests.values().any(|outcome| matches!(outcome, Outcome::Failed(_)))
    }
}

fn last(text: &str) -> String {
    let lines: Vec<_> = text.trim_end().lines().collect();
    lines[lines.len().saturating_sub(LAST_LINES)..].join("\n")
}
