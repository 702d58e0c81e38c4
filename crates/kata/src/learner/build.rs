//! Building the test programs of steps, in one call of cargo.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::run::{Progress, run_with_progress};
use crate::suite::Suite;
use crate::{CliError, Repo, cargo};

use super::ExecutableFile;
use super::spinner_progress::status;

/// Building has no deadline of its own: how long it takes is the machine's affair.
const DEADLINE: Duration = Duration::from_secs(3600);

/// What cargo has built.
#[derive(Clone, Debug, Default)]
pub struct Built {
    steps: BTreeMap<String, Executables>,
    /// What the compiler printed, untouched, if not everything could be built.
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
    /// The executables of a step, if they could be built.
    pub fn of(&self, suite: &Suite) -> Option<&Executables> {
        self.steps.get(&suite.step.name)
    }
}

/// Builds the test programs of these steps, each with the step's program; also the others if one
/// does not compile. `None` if the attendant has had enough before it was done.
///
/// # Errors
///
/// If cargo cannot be started.
pub fn build(repo: &Repo, suites: &[&Suite], progress: &dyn Progress) -> Result<Option<Built>, CliError> {
    let mut command = cargo::command(repo.root());
    command.args([
        "test",
        "--no-run",
        "--no-fail-fast",
        "--message-format=json-render-diagnostics",
    ]);
    command.args(["--color", colour(), "--test", cargo::TESTS]);
    for suite in suites {
        command.args(["--package", &suite.step.name]);
    }
    let Some(ran) = run_with_progress(&mut command, DEADLINE, progress)? else {
        return Ok(None);
    };
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
    if !ran.ok {
        let output = ran.text.lines().filter(|line| !line.starts_with("{\""));
        let output: Vec<_> = output.filter(|line| status(line).is_none()).collect();
        built.errors = Some(output.join("\n").trim_matches('\n').to_owned());
    }
    Ok(Some(built))
}

/// Whether the compiler shall use colours: as we do on the standard error, where its words will go.
fn colour() -> &'static str {
    match anstream::AutoStream::choice(&std::io::stderr()) {
        anstream::ColorChoice::Never => "never",
        _ => "always",
    }
}
