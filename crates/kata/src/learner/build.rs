//! Builds the test programs of steps, in one call of cargo.

use std::collections::BTreeMap;

use super::ExecutableFile;
use crate::repo::suite::Suite;
use crate::system::run::{BUILD_TIMEOUT, run_cancellable};
use crate::system::{Cancellation, cargo};
use crate::term::progress::cargo_status;
use crate::{CliError, Repo};

/// The result of a build.
#[derive(Clone, Debug, Default)]
pub struct Built {
    steps: BTreeMap<String, Executables>,
    /// The unchanged output of the compiler, if not everything could be built.
    pub errors: Option<String>,
}

/// A step's test program, and the program that its tests may start.
#[derive(Clone, Debug)]
pub struct Executables {
    /// The test program.
    pub test: ExecutableFile,
    /// The step's program.
    pub program: ExecutableFile,
}

impl Built {
    /// Returns the executables of a step, if they could be built.
    pub fn of(&self, suite: &Suite) -> Option<&Executables> {
        self.steps.get(&suite.step.name)
    }
}

/// Builds the test programs of these steps, each with the program of the step. If one does not
/// compile, the others are built anyway.
///
/// # Errors
///
/// If cargo cannot be started, or `token` is cancelled.
pub fn build(repo: &Repo, suites: &[&Suite], token: &Cancellation) -> Result<Built, CliError> {
    let mut command = cargo::command(repo.root());
    command.args(["test", "--no-run", "--no-fail-fast", cargo::JSON]);
    command.args(["--color", colour(), "--test", cargo::TESTS]);
    command.args(suites.iter().flat_map(|suite| ["--package", &suite.step.name]));
    let ran = run_cancellable(&mut command, BUILD_TIMEOUT, token)?;
    let (mut tests, mut programs) = (BTreeMap::new(), BTreeMap::new());
    for executable in cargo::executables(ran.out.as_bytes()) {
        let package = executable.manifest.parent().and_then(|folder| folder.file_name());
        let package = package.unwrap_or_default().to_string_lossy().into_owned();
        match executable.kind.as_str() {
            "test" => drop(tests.insert(package, ExecutableFile::at(executable.path))),
            "bin" if !executable.is_test => drop(programs.insert(package, ExecutableFile::at(executable.path))),
            _ => {}
        }
    }
    let both = |(name, test)| {
        let program = programs.remove(&name)?;
        Some((name, Executables { test, program }))
    };
    let mut built = Built {
        steps: tests.into_iter().filter_map(both).collect(),
        errors: None,
    };
    if !ran.ok() {
        let output = ran.compiler_output().filter(|line| cargo_status(line).is_none());
        let output: Vec<_> = output.collect();
        built.errors = Some(output.join("\n").trim_matches('\n').to_owned());
    }
    Ok(built)
}

/// Returns the value of cargo's option `--color`: colours, if standard error shows them, because
/// the messages of the compiler are printed there.
fn colour() -> &'static str {
    match anstream::AutoStream::choice(&std::io::stderr()) {
        anstream::ColorChoice::Never => "never",
        _ => "always",
    }
}
