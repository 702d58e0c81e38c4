//! The stale-build trap (cargo#12516): with one shared target directory, cargo mistakes packages of
//! the same name and version for each other, and an untouched starter reports "passed" with the
//! executable of the solution. Our two workspaces have different versions. This check runs the
//! tests of both in turn, and confirms that each reports its own result.

use std::path::Path;

use super::tree::Tree;
use super::{Check, Report, Scope};
use crate::repo::suite::{self, task_of};
use crate::system::cargo;
use crate::system::run::{BUILD_TIMEOUT, run};
use crate::{CliError, Side, Step};

/// Adds one row. The trap is the same for all steps, so it checks the first one.
pub fn prove(scope: &Scope, report: &mut Report) {
    let Some(step) = scope.steps.first() else { return };
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
        Ok(problems)
    });
}

/// Returns the name of a group of the step's first task.
fn first_test(scope: &Scope, step: &Step) -> Result<String, CliError> {
    let groups = suite::groups(&scope.repo.crate_of(step, Side::Starter).join("tests"))?;
    let first = groups.into_iter().find(|group| task_of(group) == Some(1));
    first.ok_or_else(|| format!("{} has no tests in a module t1_….", step.name).into())
}

fn one(scope: &Scope, folder: &Path, step: &Step, test: &str, passes: bool) -> Result<Option<String>, CliError> {
    let args = ["test", "--package", &step.name, test];
    let ran = run(scope.cargo(folder).args(args), BUILD_TIMEOUT)?;
    let by_todo = ran.text.contains(&format!("task {}.1:", step.number));
    if ran.ok() == passes && (passes || by_todo) {
        return Ok(None);
    }
    let wanted = if passes {
        "pass"
    } else {
        "fail at the todo of its first task"
    };
    let (target, summary) = (scope.target(), ran.summary());
    let shown = cargo::display(scope.repo.root(), folder, &args);
    Ok(Some(format!(
        "CARGO_TARGET_DIR={} {shown}\nshould {wanted}, but did not:\n{summary}",
        target.display()
    )))
}
