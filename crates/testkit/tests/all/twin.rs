//! A stale build fails the test, because a result for the other workspace's code is worse than
//! none.

use std::process::Command;

use crate::failing::{Outcome, in_changed_child, kit};

/// Checks the output of a test that does nothing.
fn assert_rejected(change: impl FnOnce(&mut Command), parts: &[&str]) {
    let check = |Outcome { printed, .. }| {
        for part in parts {
            assert!(printed.contains(part), "{printed}");
        }
    };
    in_changed_child(change, || drop(kit()), check);
}

/// The test was compiled for one workspace, and cargo runs it for the other. Either difference is
/// enough.
#[test]
fn rejects_a_stale_test() {
    let compiled = concat!(
        "This test is a stale build: it was compiled from step1-enqueue ",
        env!("CARGO_PKG_VERSION"),
        " in ",
        env!("CARGO_MANIFEST_DIR"),
    );
    for (variable, value) in [
        ("CARGO_PKG_VERSION", "9.9.9-solution"),
        ("CARGO_MANIFEST_DIR", "/x/solutions/step1-enqueue"),
    ] {
        assert_rejected(
            |command| {
                command.env(variable, value);
            },
            &[
                compiled,
                ", and is run for version ",
                value,
                "cargo clean -p step1-enqueue",
            ],
        );
    }
}

/// The program belongs to the other workspace and reports its version.
#[test]
fn rejects_a_stale_program() {
    let change = |command: &mut Command| {
        // Without these variables the test cannot be compared with them; the program answers with
        // KATA_SAYS instead.
        command.env_remove("CARGO_PKG_VERSION").env_remove("CARGO_MANIFEST_DIR");
        command.env("KATA_SAYS", "step1-enqueue 9.9.9-solution (solution)");
    };
    let stale =
        r#"is a stale build: its version is "step1-enqueue 9.9.9-solution (solution)", and the test belongs to "#;
    assert_rejected(change, &[stale, "cargo clean -p step1-enqueue"]);
}

/// A program that does not report its version cannot be trusted, either.
#[test]
fn rejects_a_program_without_a_version() {
    for says in ["", "usage: step1", "error: unexpected argument '--version' found"] {
        assert_rejected(
            |command| {
                command.env("KATA_SAYS", says);
            },
            &["should print its name and version for --version"],
        );
    }
}

/// A clone that was moved is not a stale build.
#[test]
fn accepts_a_fresh_build() {
    in_changed_child(
        |command| {
            command.env("CARGO_MANIFEST_DIR", "/x/step1-enqueue");
        },
        || drop(kit()),
        |outcome| assert!(outcome.passed, "{}", outcome.printed),
    );
}
