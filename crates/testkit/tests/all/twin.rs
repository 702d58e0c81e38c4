//! A stale build fails the test, because a result for the other workspace's code is worse than
//! none.

use crate::failing::{command, kit, run_command};

/// The test was compiled for one workspace, and cargo runs it for the other.
#[test]
fn rejects_a_stale_test() {
    let mut command = command("twin::does_nothing");
    command.env("CARGO_PKG_VERSION", "9.9.9-solution");
    let printed = run_command(command).printed;
    let stale = format!(
        "This test is a stale build: it was compiled from step1-enqueue {} in ",
        env!("CARGO_PKG_VERSION")
    );
    assert!(printed.contains(&stale), "{printed}");
    assert!(printed.contains("is run for version 9.9.9-solution in "), "{printed}");
    assert!(printed.contains("cargo clean -p step1-enqueue"), "{printed}");
}

/// The program belongs to the other workspace and reports its version.
#[test]
fn rejects_a_stale_program() {
    let mut command = command("twin::does_nothing");
    // Without this variable the test cannot be compared with it; the program answers with KATA_SAYS
    // instead.
    command
        .env_remove("CARGO_PKG_VERSION")
        .env("KATA_SAYS", "step1-enqueue 9.9.9-solution (solution)");
    let printed = run_command(command).printed;
    let stale =
        r#"is a stale build: its version is "step1-enqueue 9.9.9-solution (solution)", and the test belongs to "#;
    assert!(printed.contains(stale), "{printed}");
    assert!(printed.contains("cargo clean -p step1-enqueue"), "{printed}");
}

/// A program that does not report its version cannot be trusted, either.
#[test]
fn rejects_a_program_without_a_version() {
    for says in ["", "usage: step1", "error: unexpected argument '--version' found"] {
        let mut command = command("twin::does_nothing");
        command.env("KATA_SAYS", says);
        let printed = run_command(command).printed;
        assert!(
            printed.contains("should print its name and version for --version"),
            "{printed}"
        );
    }
}

/// If nothing is wrong, nothing is printed.
#[test]
fn accepts_a_fresh_build() {
    let outcome = run_command(command("twin::does_nothing"));
    assert!(outcome.passed, "{}", outcome.printed);
}

#[test]
#[ignore = "run by other tests"]
fn does_nothing() {
    kit();
}
