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

/// The test was compiled for one workspace, and cargo runs it for the other.
#[test]
fn rejects_a_stale_test() {
    assert_rejected(
        |command| {
            command.env("CARGO_PKG_VERSION", "9.9.9-solution");
        },
        &[
            concat!(
                "This test is a stale build: it was compiled from step1-enqueue ",
                env!("CARGO_PKG_VERSION"),
                " in "
            ),
            "is run for version 9.9.9-solution in ",
            "cargo clean -p step1-enqueue",
        ],
    );
}

/// The program belongs to the other workspace and reports its version.
#[test]
fn rejects_a_stale_program() {
    let change = |command: &mut Command| {
        // Without this variable the test cannot be compared with it; the program answers with
        // KATA_SAYS instead.
        command.env_remove("CARGO_PKG_VERSION");
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

/// If nothing is wrong, nothing is printed.
#[test]
fn accepts_a_fresh_build() {
    in_changed_child(
        |_| (),
        || drop(kit()),
        |outcome| assert!(outcome.passed, "{}", outcome.printed),
    );
}
