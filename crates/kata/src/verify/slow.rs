//! The tests of the solutions that take minutes and are ignored by default. They check the promises
//! of a step while processes are killed.

use super::{Check, Report, Scope, solutions};
use crate::repo::modules;
use crate::system::cargo::TESTS;
use crate::{CliError, Side};

/// The group of these tests.
const GROUP: &str = "never_lost";

/// Adds a row for each step that has such a group.
///
/// # Errors
///
/// If the `main.rs` of a step's tests cannot be read. Tests that cannot be run are a problem of
/// their row.
pub fn prove(scope: &Scope, report: &mut Report) -> Result<(), CliError> {
    for step in &scope.steps {
        let tests = scope.repo.crate_of(step, Side::Starter).join("tests");
        if modules::main(&tests)?.iter().any(|module| module.name == GROUP) {
            report.row(Check::Slow, &step.name, |_| {
                let mut cargo = scope.cargo(&scope.repo.workspace(Side::Solution));
                cargo.args(["test", "--release", "--package", &step.name, "--test", TESTS]);
                cargo.args([&format!("{GROUP}::"), "--", "--ignored"]);
                solutions::one(scope, Side::Solution, &mut cargo)
            });
        }
    }
    Ok(())
}
