//! The stale-build guard: the steps' two workspaces have packages of the same names.
//!
//! With a shared target directory cargo can take one's program or test for the other's, and report a verdict on code
//! that nobody looked at (rust-lang/cargo#12516). So each test compares what it was compiled from with what runs it.

use std::env;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use crate::TestInfo;
use crate::spawn::output;

/// How long a program may take to say its version.
const VERSION_TIMEOUT: Duration = Duration::from_secs(30);

/// Whether the test, and the program it drives, are of the workspace that cargo runs them for.
pub(crate) fn check(info: &TestInfo) -> Result<(), String> {
    let version = env::var("CARGO_PKG_VERSION").ok();
    let directory = env::var("CARGO_MANIFEST_DIR").ok();
    check_test(info, version.as_deref(), directory.as_deref())?;
    match info.program {
        // Once for a test binary: a program takes some milliseconds to say its version.
        Some(program) => {
            static CHECKED: OnceLock<Result<(), String>> = OnceLock::new();
            CHECKED.get_or_init(|| check_program(info, program)).clone()
        }
        None => Ok(()),
    }
}

/// Compares the test with what cargo says it runs; what cargo does not say is not compared.
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

/// Asks the program for its version; it must be the test's.
fn check_program(info: &TestInfo, program: &str) -> Result<(), String> {
    let problem = |what: String| {
        format!(
            "The program {program} should answer --version by its name and version, so that a stale build is noticed: {what}."
        )
    };
    let output =
        output(Command::new(program).arg("--version"), VERSION_TIMEOUT).map_err(|error| problem(error.to_string()))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let said = said.trim();
    if !output.status.success() || !said.starts_with(info.package) {
        let error = String::from_utf8_lossy(&output.stderr);
        return Err(problem(format!(
            "it ended with {} and said {said:?} {:?}",
            output.status,
            error.trim()
        )));
    }
    if said.split_whitespace().any(|word| word == info.version) {
        return Ok(());
    }
    Err(format!(
        "The program {program} is a stale build: it calls itself {said:?}, and the test is of {} {}.\n{}",
        info.package,
        info.version,
        remedy(info)
    ))
}

fn remedy(info: &TestInfo) -> String {
    let package = info.package;
    format!(
        "Run `cargo clean -p {package}` here and test again; and give the workspace in solutions/ a target directory of its own."
    )
}

/// Whether a step's directory is that of a solution: `…/solutions/stepN-…`.
fn is_solution(directory: &str) -> bool {
    let parent = Path::new(directory).parent().and_then(Path::file_name);
    parent.is_some_and(|parent| parent == "solutions")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEST_INFO: TestInfo = TestInfo {
        package: "step1-enqueue",
        version: "0.1.0",
        manifest_dir: "/home/ada/kata/step1-enqueue",
        file: "tests/t1_payload.rs",
        program: None,
    };

    /// A clone that was moved is no stale build.
    #[test]
    fn a_moved_clone_is_fine() {
        assert_eq!(
            check_test(&TEST_INFO, Some("0.1.0"), Some("/tmp/else/step1-enqueue")),
            Ok(())
        );
        assert_eq!(check_test(&TEST_INFO, None, None), Ok(()));
    }

    /// Either sign alone is enough, and both sides and the cure are named.
    #[test]
    fn the_other_twin_is_refused() {
        for (version, directory) in [
            ("0.1.0-solution", "/home/ada/kata/step1-enqueue"),
            ("0.1.0", "/home/ada/kata/solutions/step1-enqueue"),
        ] {
            let error = check_test(&TEST_INFO, Some(version), Some(directory)).unwrap_err();
            for part in [
                "0.1.0 in /home/ada/kata/step1-enqueue",
                version,
                directory,
                "cargo clean -p step1-enqueue",
            ] {
                assert!(error.contains(part), "{part} is missing in: {error}");
            }
        }
    }
}
