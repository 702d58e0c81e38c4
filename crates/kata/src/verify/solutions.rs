//! Tests, clippy, formatting and rustdoc of the solutions, and of the tools at the root; and the Rust version they ask
//! for.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::run::run;
use super::test_file::TestProgram;
use super::{Check, Report, Scope, Verdict};
use crate::commands::doctor::version;
use crate::{Repo, Step, Stop, Twin, cargo};

/// Building is most of it, and its time is the machine's affair.
const DEADLINE: Duration = Duration::from_secs(3600);

/// What is run in each workspace before its tests.
const LINTS: &[(&str, &[&str])] = &[
    ("fmt", &["fmt", "--check"]),
    ("clippy", &["clippy", "--all-targets", "--", "-D", "warnings"]),
    ("doc", &["doc", "--no-deps"]),
];

/// A row for each command and workspace; with one step alone, that step's.
///
/// # Errors
///
/// None; what cannot be run is a fault.
pub fn prove(scope: &Scope, report: &mut Report) -> Result<(), Stop> {
    lint(scope, Twin::Ours, report);
    if scope.partial {
        test(scope, Twin::Ours, report);
        return Ok(());
    }
    // The solutions' tests wait more than they compute, and the tools are proved meanwhile: first their
    // tests, which cargo builds elsewhere, because two of its builds in one directory wait for each other.
    report.each(&[Twin::Ours, Twin::Yours], |twin, report| {
        test(scope, *twin, report);
        if *twin == Twin::Yours {
            lint(scope, *twin, report);
        }
    });
    Ok(())
}

fn lint(scope: &Scope, twin: Twin, report: &mut Report) {
    for (name, args) in LINTS {
        report.row(Check::Solutions, &what(twin, name), |_| {
            one(scope, twin, args, &packages(scope))
        });
    }
    report.row(Check::Solutions, &what(twin, "rust-version"), |_| {
        rust_version(&scope.repo, twin)
    });
}

fn test(scope: &Scope, twin: Twin, report: &mut Report) {
    report.row(Check::Solutions, &what(twin, "test"), |_| {
        one(scope, twin, &["test"], &packages(scope))
    });
}

fn what(twin: Twin, name: &str) -> String {
    match twin {
        Twin::Ours => format!("solutions, {name}"),
        Twin::Yours => format!("tools, {name}"),
    }
}

/// The steps' packages, if they are not all.
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

/// Runs cargo in one workspace: `args`, with these packages in them.
///
/// # Errors
///
/// If cargo cannot be started.
pub fn one(scope: &Scope, twin: Twin, args: &[&str], packages: &[&str]) -> Result<Verdict, Stop> {
    let folder = scope.repo.workspace(twin);
    let (cargo_args, tool_args) = args.split_at(args.iter().position(|arg| *arg == "--").unwrap_or(args.len()));
    let args = [cargo_args, packages, tool_args].concat();
    // The tools are tested where the one that runs was built.
    let mut command = match (twin, args[0]) {
        (Twin::Yours, "test") => cargo::command(&folder),
        _ => scope.cargo(&folder),
    };
    command.args(&args);
    let mut shown = cargo::shown(scope.repo.root(), &folder, &args);
    if args[0] == "doc" {
        command.env("RUSTDOCFLAGS", "-D warnings");
        shown = format!("RUSTDOCFLAGS='-D warnings' {shown}");
    }
    let ran = run(&mut command, DEADLINE)?;
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
