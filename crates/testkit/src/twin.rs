//! Detects stale builds: the steps' two workspaces have packages of the same names.
//!
//! With a shared target directory, cargo can use the program or test of one workspace for the
//! other, and report a result for code that was not tested (rust-lang/cargo#12516). So each test
//! compares the crate that it was compiled from with the crate that cargo runs it for.

use std::env;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use crate::TestInfo;
use crate::spawn::output;

/// How long a program may take to print its version.
const VERSION_TIMEOUT: Duration = Duration::from_secs(30);

/// Checks that the test and its program belong to the workspace that cargo runs them for.
pub(crate) fn check(info: &TestInfo) -> Result<(), String> {
    let version = env::var("CARGO_PKG_VERSION").ok();
    let directory = env::var("CARGO_MANIFEST_DIR").ok();
    check_test(info, version.as_deref(), directory.as_deref())?;
    match info.program {
        // Once for a test program, because the step's program takes some milliseconds to print its
        // version.
        Some(program) => {
            static CHECKED: OnceLock<Result<(), String>> = OnceLock::new();
            CHECKED.get_or_init(|| check_program(info, program)).clone()
        }
        None => Ok(()),
    }
}

/// Compares the test with the environment that cargo sets; a missing variable is not compared.
fn check_test(info: &TestInfo, version: Option<&str>, directory: Option<&str>) -> Result<(), String> {
    let run_for = version.unwrap_or(info.version);
    let moved = directory.is_some_and(|directory| is_solution(directory) != is_solution(info.manifest_dir));
    if run_for == info.version && !moved {
        return Ok(());
    }
    let directory = directory.unwrap_or("an unknown directory");
    Err(format!(
        "This test is a stale build: it was compiled from {} {} in {}, and is run for version {run_for} in {directory}.\n{}",
        info.package,
        info.version,
        info.manifest_dir,
        remedy(info)
    ))
}

/// Checks that the program's version is the test's.
fn check_program(info: &TestInfo, program: &str) -> Result<(), String> {
    let problem = |what: String| {
        format!(
            "The program {program} should print its name and version for --version, so that a stale build is noticed: {what}."
        )
    };
    let output =
        output(Command::new(program).arg("--version"), VERSION_TIMEOUT).map_err(|error| problem(error.to_string()))?;
    let printed = String::from_utf8_lossy(&output.stdout);
    let printed = printed.trim();
    if !output.status.success() || !printed.starts_with(info.package) {
        let error = String::from_utf8_lossy(&output.stderr);
        return Err(problem(format!(
            "it ended with {} and printed {printed:?} {:?}",
            output.status,
            error.trim()
        )));
    }
    if printed.split_whitespace().any(|word| word == info.version) {
        return Ok(());
    }
    Err(format!(
        "The program {program} is a stale build: its version is {printed:?}, and the test belongs to {} {}.\n{}",
        info.package,
        info.version,
        remedy(info)
    ))
}

fn remedy(info: &TestInfo) -> String {
    let package = info.package;
    format!(
        "Run `cargo clean -p {package}` here and test again. Give the workspace in solutions/ a target directory of its own."
    )
}

/// Returns true if this is the directory of a solution: `…/solutions/stepN-…`.
fn is_solution(directory: &str) -> bool {
    let parent = Path::new(directory).parent().and_then(Path::file_name);
    parent.is_some_and(|parent| parent == "solutions")
}
