//! Tests, clippy, formatting and rustdoc of the solutions, and of the tools at the root; and the Rust version they ask
//! for.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use super::run::run;
use super::test_file::TestProgram;
use super::{Check, Report, Scope, Verdict, lint, seed};
use crate::commands::doctor::version;
use crate::{Repo, Step, Stop, Twin, cargo};

/// The time of a build depends on the machine.
const DEADLINE: Duration = Duration::from_secs(3600);

/// Adds a row for each proof and workspace; with one step alone, those of its solution.
///
/// # Errors
///
/// None: a command that cannot be run is a fault.
pub fn prove(scope: &Scope, report: &mut Report) -> Result<(), Stop> {
    if scope.partial {
        lint(scope, Twin::Ours, report);
        test(scope, Twin::Ours, report);
        return Ok(());
    }
    lint(scope, Twin::Yours, report);
    // What the tools' build has compiled serves the solutions as well.
    if let Err(stop) = seed::from_the_tool(scope) {
        report.row(Check::Solutions, "target directory", |_| Err(stop));
    }
    lint(scope, Twin::Ours, report);
    // The tests of the solutions wait more than they compute, so those of the tools run beside them.
    report.each(&[Twin::Ours, Twin::Yours], |twin, report| test(scope, *twin, report));
    Ok(())
}

fn lint(scope: &Scope, twin: Twin, report: &mut Report) {
    report.row(Check::Solutions, &what(twin, "fmt"), |_| format(scope, twin));
    report.row(Check::Solutions, &what(twin, "clippy and rustdoc"), |_| {
        Ok(Verdict::of(lint::problems(
            scope,
            cargo(scope, twin),
            &packages(scope),
        )?))
    });
    report.row(Check::Solutions, &what(twin, "rust-version"), |_| {
        rust_version(&scope.repo, twin)
    });
}

fn test(scope: &Scope, twin: Twin, report: &mut Report) {
    report.row(Check::Solutions, &what(twin, "test"), |_| {
        // As they were linted, so that they are not built twice.
        let mut cargo = lint::with_lints(scope, cargo(scope, twin))?;
        one(scope, twin, cargo.arg("test").args(packages(scope)))
    });
}

fn format(scope: &Scope, twin: Twin) -> Result<Verdict, Stop> {
    let mut cargo = cargo(scope, twin);
    cargo.args(["fmt", "--check"]);
    if scope.partial {
        cargo.args(packages(scope));
    }
    one(scope, twin, &mut cargo)
}

/// Returns a cargo for one of the two workspaces. The tools are built where the one that runs was built.
fn cargo(scope: &Scope, twin: Twin) -> Command {
    let folder = scope.repo.workspace(twin);
    match twin {
        Twin::Yours => cargo::command(&folder),
        Twin::Ours => scope.cargo(&folder),
    }
}

fn what(twin: Twin, name: &str) -> String {
    match twin {
        Twin::Ours => format!("solutions, {name}"),
        Twin::Yours => format!("tools, {name}"),
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
pub fn build(scope: &Scope, step: &Step) -> Result<TestProgram, Stop> {
    let cargo = scope.cargo(&scope.repo.workspace(Twin::Ours));
    let folder = scope.repo.crate_of(step, Twin::Ours);
    // There is one copy of the tests, in the starter.
    let tests = scope.repo.crate_of(step, Twin::Yours).join("tests");
    TestProgram::build(cargo, step, &folder, &tests)
}

/// Runs a cargo command of one workspace; it is a fault if it fails.
///
/// # Errors
///
/// If cargo cannot be started.
pub fn one(scope: &Scope, twin: Twin, command: &mut Command) -> Result<Verdict, Stop> {
    let ran = run(command, DEADLINE)?;
    let args: Vec<_> = command.get_args().map(|arg| arg.to_string_lossy()).collect();
    let args: Vec<_> = args.iter().map(|arg| &**arg).collect();
    let shown = cargo::shown(scope.repo.root(), &scope.repo.workspace(twin), &args);
    let fault = (!ran.ok).then(|| format!("$ {shown}\n{}", ran.gist()));
    Ok(Verdict::of(fault.into_iter().collect()))
}

/// The manifest must ask for the newest Rust that a locked package of either workspace asks for: with less the build fails
/// for some learners, with more cargo refuses a compiler that would do. Learners need both workspaces, so both ask for the same.
fn rust_version(repo: &Repo, twin: Twin) -> Result<Verdict, Stop> {
    let folder = &repo.workspace(twin);
    let mut packages = Vec::new();
    for side in [Twin::Yours, Twin::Ours] {
        let metadata = cargo::metadata(&repo.workspace(side))?;
        packages.extend(metadata["packages"].as_array().into_iter().flatten().cloned());
    }
    // Packages without a source are our own.
    let (own, others): (Vec<&Value>, Vec<&Value>) = packages.iter().partition(|package| package["source"].is_null());
    let asked = |package: &Value| {
        package["rust_version"]
            .as_str()
            .map(|text| version(&format!("{text}.0")))
    };
    let Some(newest) = others.into_iter().max_by_key(|package| asked(package)) else {
        return Ok(Verdict::default());
    };
    let mut faults = Vec::new();
    for package in own.into_iter().filter(|package| manifest_below(package, folder)) {
        if asked(package).map(padded) != asked(newest).map(padded) {
            faults.push(format!(
                "{} says rust-version {}, and {} {} asks for {}: set rust-version = {} in {}/Cargo.toml.",
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
    // They inherit it from their workspace: one sentence says it for all.
    faults.truncate(1);
    Ok(Verdict::of(faults))
}

/// Whether the package belongs to this workspace and not to the one beside it.
fn manifest_below(package: &Value, folder: &Path) -> bool {
    package["manifest_path"]
        .as_str()
        .is_some_and(|path| Path::new(path).starts_with(folder))
}

/// `[1, 90]` and `[1, 90, 0, 0]` are the same version.
fn padded(mut version: Vec<u32>) -> Vec<u32> {
    version.resize(3, 0);
    version
}
