//! Runs the tests, clippy, rustfmt and rustdoc of the solutions and of the tools at the root, and
//! checks the Rust version that they require.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::test_program::TestProgram;
use super::{Check, Report, Scope, Verdict, lint, seed};
use crate::system::cargo::{self, version};
use crate::system::run::{BUILD_TIMEOUT, run};
use crate::{CliError, Repo, Side, Step};

/// Adds a row for each kind of check and workspace; with one step, only those of its solution.
pub fn prove(scope: &Scope, report: &mut Report) {
    if scope.partial {
        lint(scope, Side::Solution, report);
        test(scope, Side::Solution, report);
        return;
    }
    lint(scope, Side::Starter, report);
    // The solutions can use the packages that were compiled for the tools.
    if let Err(error) = seed::from_the_tool(scope) {
        report.row(Check::Solutions, "target directory", |_| Err::<Verdict, _>(error));
    }
    lint(scope, Side::Solution, report);
    // The tests of the solutions wait more than they compute, so those of the tools run beside
    // them.
    report.each(&[Side::Solution, Side::Starter], |side, report| {
        test(scope, *side, report)
    });
}

fn lint(scope: &Scope, side: Side, report: &mut Report) {
    report.row(Check::Solutions, &what(side, "fmt"), |_| format(scope, side));
    report.row(Check::Solutions, &what(side, "clippy and rustdoc"), |_| {
        lint::problems(scope, cargo(scope, side), &packages(scope))
    });
    report.row(Check::Solutions, &what(side, "rust-version"), |_| {
        rust_version(&scope.repo, side)
    });
}

fn test(scope: &Scope, side: Side, report: &mut Report) {
    report.row(Check::Solutions, &what(side, "test"), |_| {
        // With the same settings as the linting, so that they are not built twice.
        let mut cargo = scope.with_lints(cargo(scope, side))?;
        one(scope, side, cargo.arg("test").args(packages(scope)))
    });
}

fn format(scope: &Scope, side: Side) -> Result<Vec<String>, CliError> {
    let mut cargo = cargo(scope, side);
    cargo.args(["fmt", "--check"]);
    if scope.partial {
        cargo.args(packages(scope));
    }
    one(scope, side, &mut cargo)
}

/// Returns a cargo command for one of the two workspaces. The tools are built where this program
/// was built.
fn cargo(scope: &Scope, side: Side) -> Command {
    let folder = scope.repo.workspace(side);
    match side {
        Side::Starter => cargo::command(&folder),
        Side::Solution => scope.cargo(&folder),
    }
}

fn what(side: Side, name: &str) -> String {
    match side {
        Side::Solution => format!("solutions, {name}"),
        Side::Starter => format!("tools, {name}"),
    }
}

/// Returns the arguments that select the steps' packages, if they are not all.
fn packages(scope: &Scope) -> Vec<&str> {
    let steps = scope.steps.iter().filter(|_| scope.partial);
    steps.flat_map(|step| ["--package", step.name.as_str()]).collect()
}

/// Builds the test program of a step's solution.
///
/// # Errors
///
/// If it does not compile.
pub fn build(scope: &Scope, step: &Step) -> Result<TestProgram, CliError> {
    let cargo = scope.cargo(&scope.repo.workspace(Side::Solution));
    let folder = scope.repo.crate_of(step, Side::Solution);
    // There is one copy of the tests, in the starter.
    let tests = scope.repo.crate_of(step, Side::Starter).join("tests");
    TestProgram::build(cargo, step, &folder, &tests)
}

/// Runs a cargo command in a workspace. It is a problem if it fails.
///
/// # Errors
///
/// If cargo cannot be started.
pub fn one(scope: &Scope, side: Side, command: &mut Command) -> Result<Vec<String>, CliError> {
    let ran = run(command, BUILD_TIMEOUT)?;
    let args: Vec<_> = command.get_args().map(|arg| arg.to_string_lossy()).collect();
    let args: Vec<_> = args.iter().map(|arg| &**arg).collect();
    let shown = cargo::display(scope.repo.root(), &scope.repo.workspace(side), &args);
    let problem = (!ran.ok()).then(|| format!("$ {shown}\n{}", ran.summary()));
    Ok(problem.into_iter().collect())
}

/// Checks that the manifest requires the newest Rust version that a locked package of either
/// workspace requires. With an older one, the build fails for some learners; with a newer one,
/// cargo rejects compilers that would do. Learners need both workspaces, so both require the same
/// version.
fn rust_version(repo: &Repo, side: Side) -> Result<Vec<String>, CliError> {
    let folder = &repo.workspace(side);
    let mut packages = Vec::new();
    for side in [Side::Starter, Side::Solution] {
        let metadata = cargo::metadata(&repo.workspace(side))?;
        packages.extend(metadata["packages"].as_array().into_iter().flatten().cloned());
    }
    // Packages without a source are our own.
    let (own, others): (Vec<&Value>, Vec<&Value>) = packages.iter().partition(|package| package["source"].is_null());
    let asked = |package: &Value| Some(version(&format!("{}.0", package["rust_version"].as_str()?)));
    let Some(newest) = others.into_iter().max_by_key(|package| asked(package)) else {
        return Ok(Vec::new());
    };
    let mut problems = Vec::new();
    for package in own.into_iter().filter(|package| manifest_below(package, folder)) {
        if asked(package).map(padded) != asked(newest).map(padded) {
            problems.push(format!(
                "{} requires rust-version {}, but {} {} requires {}: set rust-version = {} in {}/Cargo.toml.",
                package["name"],
                package["rust_version"],
                newest["name"],
                newest["version"],
                newest["rust_version"],
                newest["rust_version"],
                folder.display()
            ));
        }
    }
    // They inherit it from their workspace, so one sentence is enough.
    problems.truncate(1);
    Ok(problems)
}

/// Returns true if the package belongs to this workspace and not to the one beside it.
fn manifest_below(package: &Value, folder: &Path) -> bool {
    package["manifest_path"]
        .as_str()
        .is_some_and(|path| Path::new(path).starts_with(folder))
}

/// Makes versions comparable: `[1, 90]` and `[1, 90, 0, 0]` are equal.
fn padded(mut version: Vec<u32>) -> Vec<u32> {
    version.resize(3, 0);
    version
}
