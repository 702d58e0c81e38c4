//! A stale build is refused loudly: a verdict on the other workspace's code is worse than none.

mod failing;

use failing::{command, kit, run_command};

/// The test was compiled for one workspace, and cargo runs it for the other.
#[test]
fn a_stale_test_is_refused() {
    let mut command = command("does_nothing");
    command.env("CARGO_PKG_VERSION", "9.9.9-solution");
    let said = run_command(command).said;
    let stale = format!(
        "This test is a stale build: it was compiled from step1-enqueue {} in ",
        env!("CARGO_PKG_VERSION")
    );
    assert!(said.contains(&stale), "{said}");
    assert!(said.contains("is run for version 9.9.9-solution in "), "{said}");
    assert!(said.contains("cargo clean -p step1-enqueue"), "{said}");
}

/// The program is the other workspace's; it says so when it is asked for its version.
#[test]
fn a_stale_program_is_refused() {
    let mut command = command("does_nothing");
    // Without this variable the test cannot be compared with it; the program answers with KATA_SAYS instead.
    command
        .env_remove("CARGO_PKG_VERSION")
        .env("KATA_SAYS", "step1-enqueue 9.9.9-solution (solution)");
    let said = run_command(command).said;
    let stale = r#"is a stale build: it calls itself "step1-enqueue 9.9.9-solution (solution)", and the test is of "#;
    assert!(said.contains(stale), "{said}");
    assert!(said.contains("cargo clean -p step1-enqueue"), "{said}");
}

/// A program that does not tell cannot be trusted either.
#[test]
fn a_program_that_does_not_tell_its_version_is_refused() {
    for says in ["", "usage: step1", "error: unexpected argument '--version' found"] {
        let mut command = command("does_nothing");
        command.env("KATA_SAYS", says);
        let said = run_command(command).said;
        assert!(
            said.contains("should answer --version by its name and version"),
            "{said}"
        );
    }
}

/// With nothing to object to, the guard is silent.
#[test]
fn a_fresh_build_is_fine() {
    let outcome = run_command(command("does_nothing"));
    assert!(outcome.passed, "{}", outcome.said);
}

#[test]
#[ignore = "run by other tests"]
fn does_nothing() {
    kit();
}
