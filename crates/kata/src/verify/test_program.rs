//! Builds and runs a step's test program without cargo in between, and reads the result of each of
//! its groups.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::repo::libtest::{self, TestOutcome, Tests};
use crate::repo::suite;
use crate::system::cargo::{self, JSON, TESTS};
use crate::system::run::{BUILD_TIMEOUT, CommandOutput, run};
use crate::term::say;
use crate::{CliError, Step};

/// How long one call of a test program may take. The deadlines of the test kit end it long before.
const DEADLINE: Duration = Duration::from_secs(300);
/// How many of its last lines are shown of a program that ended early.
const LAST_LINES: usize = 40;

/// The results of a group of tests: a test file, several files in a module, or the tests of an
/// earlier step.
#[derive(Clone, Debug)]
pub struct TestFile {
    /// The group's name, such as `t1_payload`.
    pub name: String,
    /// The outcome of each of its tests, by name without the group.
    pub tests: Tests,
    /// True if all of its tests passed or were ignored. If it is false and no test has failed, the
    /// program ended in the middle of the group.
    pub ok: bool,
    /// The output.
    pub text: String,
}

/// A step's test program.
#[derive(Clone, Debug)]
pub struct TestProgram {
    path: PathBuf,
    /// The folder in which cargo would run it.
    folder: PathBuf,
    /// The groups that must be in the result, even if the output does not name them.
    groups: Vec<String>,
}

impl TestProgram {
    /// Builds a step's test program with a cargo command that runs in its workspace. `folder` is
    /// the crate of the step there, and `tests` is its folder of tests.
    ///
    /// # Errors
    ///
    /// If it does not compile.
    pub fn build(mut cargo: Command, step: &Step, folder: &Path, tests: &Path) -> Result<TestProgram, CliError> {
        cargo.args([
            "test",
            "--no-run",
            "--quiet",
            JSON,
            "--package",
            &step.name,
            "--test",
            TESTS,
        ]);
        let ran = run(&mut cargo, BUILD_TIMEOUT)?;
        if !ran.ok() {
            // The first error of the compiler is the most useful one.
            let output: Vec<_> = ran.compiler_output().take(LAST_LINES).collect();
            let (name, folder, output) = (&step.name, folder.display(), output.join("\n"));
            return Err(format!("{name} does not compile in {folder}:\n{output}").into());
        }
        let mut built = cargo::executables(ran.out.as_bytes()).into_iter();
        let built = built.find(|built| built.kind == "test" && built.target == TESTS);
        let built = built.ok_or_else(|| format!("Cargo built no test program `{TESTS}` of {}.", step.name))?;
        Ok(TestProgram {
            path: built.path,
            folder: folder.to_owned(),
            groups: suite::groups(tests)?,
        })
    }

    /// Returns the groups that are part of the map, in its order.
    pub fn groups(&self) -> &[String] {
        &self.groups
    }

    /// Runs all groups in one call.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn run(&self) -> Result<Vec<TestFile>, CliError> {
        self.call(&[], &self.groups)
    }

    /// Runs some groups in one call.
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

    /// Runs one test alone, by its whole name. Returns `None` if it did not end, or does not exist.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn run_test(&self, name: &str) -> Result<Option<TestOutcome>, CliError> {
        let mut command = self.command(&[]);
        // Several answers are tried in parallel and keep the machine busy. A test that hangs should
        // still be caught soon.
        command.args(["--exact", name]).env("KATA_STRICT_WAITS", "1");
        let ran = run(&mut command, DEADLINE)?;
        Ok(libtest::read(&ran.out).remove(name))
    }

    fn call(&self, args: &[String], groups: &[String]) -> Result<Vec<TestFile>, CliError> {
        let ran = run(&mut self.command(args), DEADLINE)?;
        if libtest::is_complete(&ran.out, ran.ok()) {
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

    /// Returns the names of the tests that a call with these arguments runs.
    fn list(&self, args: &[String], more: &[&str]) -> Result<BTreeSet<String>, CliError> {
        let mut command = self.command(args);
        let ran = run(command.args(["--list", "--format", "terse"]).args(more), DEADLINE)?;
        Ok(libtest::listed(&ran.out).map(str::to_owned).collect())
    }
}

/// Returns the results of these groups, and of any others in the output, sorted by name. `expected`
/// are the tests that should have run; they are given if the program ended early.
pub fn split(groups: &[String], ran: &CommandOutput, expected: Option<BTreeSet<String>>) -> Vec<TestFile> {
    let outcomes = libtest::read(&ran.out);
    let broke_off = expected.is_some();
    let unfinished = expected.unwrap_or_default();
    let unfinished: BTreeSet<_> = unfinished.iter().filter(|name| !outcomes.contains_key(*name)).collect();
    let mut tests = libtest::by_group(&outcomes);
    for group in groups {
        tests.entry(group.clone()).or_default();
    }
    let file = |(name, tests): (String, Tests)| {
        let start = format!("{name}::");
        let of_group: Vec<_> = unfinished.iter().filter_map(|test| test.strip_prefix(&start)).collect();
        let failed = libtest::failures(&tests).next().is_some();
        // If the program fails after all tests have ended, no group can be trusted.
        let is_broken = broke_off && (unfinished.is_empty() || !of_group.is_empty());
        let text = match of_group[..] {
            _ if !is_broken => ran.text.clone(),
            [] => format!(
                "The test program failed after its last test:\n{}",
                say::last_lines(&ran.text, LAST_LINES)
            ),
            [..] => format!(
                "The test program ended before these tests of {name}: {}. Its last lines:\n{}",
                of_group.join(", "),
                say::last_lines(&ran.text, LAST_LINES)
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
    /// Returns true if the program ended in this group, although none of its tests has failed.
    pub fn broke_off(&self) -> bool {
        !self.ok && libtest::failures(&self.tests).next().is_none()
    }
}
