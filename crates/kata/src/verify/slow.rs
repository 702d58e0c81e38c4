//! The tests of the solutions that take minutes, and are ignored unless they are asked for: what a step promises, in a storm.

use super::{Check, Report, Scope, solutions};
use crate::{Stop, Twin};

/// The file of a step that holds them.
const FILE: &str = "never_lost";

/// A row for each step that has such a file.
///
/// # Errors
///
/// None; what cannot be run is a fault.
pub fn prove(scope: &Scope, report: &mut Report) -> Result<(), Stop> {
    for step in &scope.steps {
        let file = scope
            .repo
            .crate_of(step, Twin::Yours)
            .join("tests")
            .join(FILE)
            .with_extension("rs");
        if !file.is_file() {
            continue;
        }
        report.row(Check::Slow, &step.name, |_| {
            let args = [
                "test",
                "--release",
                "--package",
                &step.name,
                "--test",
                FILE,
                "--",
                "--ignored",
            ];
            solutions::one(scope, Twin::Ours, &args, &[])
        });
    }
    Ok(())
}
