//! The stale-build trap (cargo#12516): with one shared target directory, cargo mistakes packages of
//! the same name and version for each other, and an untouched starter reports "passed" with the
//! executable of the solution. Our two workspaces have different versions. This check runs the
//! tests of both in turn, and confirms that each reports its own result.

use std::path::Path;
use std::time::Duration;

use super::tree::Tree;
use super::{Check, Report, Scope, Verdict};
use crate::repo::suite::{self, task_of};
use crate::system::cargo;
use crate::system::run::run;
use crate::{CliError, Side, Step};

/// In practice no deadline: most of the time is spent on building.
const DEADLINE: Duration = Duration::from_secs(3600);

/// Adds one row. The trap is the same for all steps, so it checks the first one.
///
/// # Errors
///
/// None: a test that cannot be run is a problem of the row.
pub fn prove(scope: &Scope, report: &mut Report) -> Result<(), CliError> {
    if let Some(step) = scope.steps.first() {
        report.row(Check::StaleBuild, &step.name, |spinner| {
            let tree = Tree::prepare(scope, step)?;
            let test = first_test(scope, step)?;
            let solutions = scope.repo.workspace(Side::Solution);
            let order = [(tree.root(), false), (&solutions, true), (tree.root(), false)];
            let mut problems = Vec::new();
            for (folder, passes) in order {
                spinner.say(&format!("stale build: {test} in {}", folder.display()));
                problems.extend(one(scope, folder, step, &test, passes)?);
            }
            Ok(Verdict::of(problems))
        });
    }
    Ok(())
}

/// Returns the name of a group of the step's first task.
fn first_test(scope: &Scope, step: &Step) -> Result<String, CliError> {
    let groups = suite::groups(&scope.repo.crate_of(step, Side::Starter).join("tests"))?;
    let first = groups.into_iter().find(|group| task_of(group) == Some(1));
    first.ok_or_else(|| format!("{} has no tests in a module t1_….", step.name).into())
}

fn one(scope: &Scope, folder: &Path, step: &Step, test: &str, passes: bool) -> Result<Option<String>, CliError> {
    let args = ["test", "--package", &step.name, test];
    let ran = run(scope.cargo(folder).args(args), DEADLINE)?;
    let by_todo = ran.text.contains(&format!("task {}.1:", step.number));
    if ran.ok == passes && (passes || by_todo) {
        return Ok(None);
    }
    let wanted = if passes {
        "pass"
    } else {
        "fail at the todo of its first task"
    };
    let shown = cargo::display(scope.repo.root(), folder, &args);
    let target = scope.target();
    Ok(Some(format!(
        "CARGO_TARGET_DIR={} {shown}\nshould {wanted}, but did not:\n{}",
        target.display(),
        ran.summary()
    )))
}
