//! A step's test files, built and run without cargo between them and us.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::libtest::{self, Outcome};
use super::run::run;
use crate::cargo::{self, Executable};
use crate::{Step, Stop};

/// How long one test executable may take. The kit's own deadlines end it long before.
const DEADLINE: Duration = Duration::from_secs(120);
/// Building has no deadline of its own: how long it takes is the machine's affair.
const BUILD: Duration = Duration::from_secs(3600);

/// One test file, run.
#[derive(Clone, Debug)]
pub struct TestFile {
    /// Its name without `.rs`, such as `t1_payload`.
    pub name: String,
    /// How each of its tests went.
    pub tests: BTreeMap<String, Outcome>,
    /// Whether it ended well. If not, and no test has failed, it broke off in the middle.
    pub ok: bool,
    /// All that was printed.
    pub text: String,
}

impl TestFile {
    /// Runs one, in the step's `folder`, as cargo would.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn run(folder: &Path, built: &Executable) -> Result<TestFile, Stop> {
        let ran = run(&mut cargo::test(folder, &built.path), DEADLINE)?;
        Ok(TestFile {
            name: built.target.clone(),
            tests: libtest::read(&ran.out),
            ok: ran.ok,
            text: ran.text,
        })
    }
}

/// Builds the step's test files (those named, or all), by a cargo that runs in their workspace; sorted by name.
///
/// # Errors
///
/// If they do not compile.
pub fn build(mut cargo: Command, step: &Step, only: &[String]) -> Result<Vec<Executable>, Stop> {
    cargo.args([
        "test",
        "--no-run",
        "--quiet",
        "--message-format=json-render-diagnostics",
        "--package",
        &step.name,
    ]);
    if only.is_empty() {
        cargo.arg("--tests");
    }
    for name in only {
        cargo.args(["--test", name]);
    }
    let ran = run(&mut cargo, BUILD)?;
    if !ran.ok {
        // JSON is cargo's; the rest is the compiler's, and its first error is the one to read.
        let said: Vec<_> = ran
            .text
            .lines()
            .filter(|line| !line.starts_with("{\""))
            .take(40)
            .collect();
        let folder = cargo.get_current_dir().unwrap_or(Path::new("."));
        return Err(format!(
            "{} does not compile in {}:\n{}",
            step.name,
            folder.display(),
            said.join("\n")
        )
        .into());
    }
    let mut built = cargo::executables(ran.out.as_bytes());
    // Programs are built along, and the harness of their own unit tests.
    built.retain(|built| built.kind == "test");
    built.sort_by(|one, other| one.target.cmp(&other.target));
    Ok(built)
}
