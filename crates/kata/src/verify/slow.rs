//! The tests of the solutions that take minutes, and are ignored unless they are asked for: what a step promises, in a storm.

use super::{Check, Report, Scope, solutions};
use crate::cargo::TESTS;
use crate::{CliError, Side, modules};

/// The group of a step that holds them.
const GROUP: &str = "never_lost";

/// A row for each step that has such a group.
///
/// # Errors
///
/// If the `main.rs` of a step's tests cannot be read; what cannot be run is a fault.
pub fn prove(scope: &Scope, report: &mut Report) -> Result<(), CliError> {
    for step in &scope.steps {
        let tests = scope.repo.crate_of(step, Side::Starter).join("tests");
        if !modules::main(&tests)?.iter().any(|module| module.name == GROUP) {
            continue;
        }
        report.row(Check::Slow, &step.name, |_| {
            let group = format!("{GROUP}::");
            let mut cargo = scope.cargo(&scope.repo.workspace(Side::Solution));
            cargo.args(["test", "--release", "--package", &step.name, "--test", TESTS]);
            cargo.args([&group, "--", "--ignored"]);
            solutions::one(scope, Side::Solution, &mut cargo)
        });
    }
    Ok(())
}
