//! The tests of the solutions that take minutes, and are ignored unless they are asked for: what a step promises, in a storm.

use std::time::Duration;

use super::run::run;
use super::{Check, Report, Scope, Verdict};
use crate::{Stop, Twin, cargo};

/// The file of a step that holds them.
const FILE: &str = "never_lost";

/// Building is most of it, and its time is the machine's affair.
const DEADLINE: Duration = Duration::from_secs(3600);

/// A row for each step that has such a file.
///
/// # Errors
///
/// None; what cannot be run is a fault.
pub fn prove(scope: &Scope, report: &mut Report) -> Result<(), Stop> {
    let solutions = scope.repo.workspace(Twin::Ours);
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
            let mut command = cargo::command(&solutions);
            command.args(args).env("CARGO_TARGET_DIR", scope.target());
            let ran = run(&mut command, DEADLINE)?;
            let shown = cargo::shown(scope.repo.root(), &solutions, &args);
            let fault = (!ran.ok).then(|| format!("$ {shown}\n{}", ran.gist()));
            Ok(Verdict::of(fault.into_iter().collect()))
        });
    }
    Ok(())
}
