//! Tests, clippy, formatting and rustdoc of the solutions, and of the tools at the root; and the Rust version they ask
//! for.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::run::run;
use super::{Check, Report, Scope, Verdict};
use crate::commands::doctor::version;
use crate::progress::Spinner;
use crate::{Stop, Twin, cargo};

/// Building is most of it, and its time is the machine's affair.
const DEADLINE: Duration = Duration::from_secs(3600);

/// What is run in each workspace before its tests.
const LINTS: &[(&str, &[&str])] = &[
    ("fmt", &["fmt", "--check"]),
    ("clippy", &["clippy", "--all-targets", "--", "-D", "warnings"]),
    ("doc", &["doc", "--no-deps"]),
];

/// Its tests.
const TEST: &[&str] = &["test"];

/// A row for each command and workspace; with one step alone, that step's.
///
/// # Errors
///
/// None; what cannot be run is a fault.
pub fn prove(scope: &Scope, report: &mut Report) -> Result<(), Stop> {
    let solutions = scope.repo.workspace(Twin::Ours);
    let packages: Vec<&str> = match scope.partial {
        true => scope
            .steps
            .iter()
            .flat_map(|step| ["--package", step.name.as_str()])
            .collect(),
        false => Vec::new(),
    };
    for (name, args) in LINTS {
        report.row(Check::Solutions, &format!("solutions, {name}"), |_| {
            one(scope, &solutions, args, &packages)
        });
    }
    report.row(Check::Solutions, "solutions, rust-version", |_| {
        rust_version(&solutions)
    });
    let test = |report: &mut Report| {
        report.row(Check::Solutions, "solutions, test", |_| {
            one(scope, &solutions, TEST, &packages)
        });
    };
    if scope.partial {
        test(report);
        return Ok(());
    }
    // The solutions' tests wait more than they compute: the tools are proved meanwhile. Cargo's lock on the target
    // directory lets the solutions be built first.
    let spinner = Spinner::start("solutions: test, and the tools beside it");
    let (solutions, tools) = rayon::join(
        || {
            let mut report = Report::default();
            test(&mut report);
            report
        },
        || tools(scope),
    );
    drop(spinner);
    report.add(solutions);
    report.add(tools);
    Ok(())
}

/// The rows of the tools at the root.
fn tools(scope: &Scope) -> Report {
    let (root, mut report) = (scope.repo.root(), Report::default());
    for (name, args) in LINTS.iter().chain([&("test", TEST)]) {
        report.row(Check::Solutions, &format!("tools, {name}"), |_| {
            one(scope, root, args, &[])
        });
    }
    report.row(Check::Solutions, "tools, rust-version", |_| rust_version(root));
    report
}

/// Runs cargo in one workspace: `args`, with these packages in them.
///
/// # Errors
///
/// If cargo cannot be started.
pub fn one(scope: &Scope, folder: &Path, args: &[&str], packages: &[&str]) -> Result<Verdict, Stop> {
    let (cargo_args, tool_args) = args.split_at(args.iter().position(|arg| *arg == "--").unwrap_or(args.len()));
    let args = [cargo_args, packages, tool_args].concat();
    // The tools are tested where the one that runs was built.
    let mut command = if args[0] == "test" && folder == scope.repo.root() {
        cargo::command(folder)
    } else {
        scope.cargo(folder)
    };
    command.args(&args);
    let mut shown = cargo::shown(scope.repo.root(), folder, &args);
    if args[0] == "doc" {
        command.env("RUSTDOCFLAGS", "-D warnings");
        shown = format!("RUSTDOCFLAGS='-D warnings' {shown}");
    }
    let ran = run(&mut command, DEADLINE)?;
    let fault = (!ran.ok).then(|| format!("$ {shown}\n{}", ran.gist()));
    Ok(Verdict::of(fault.into_iter().collect()))
}

/// The manifest must ask for the newest Rust that one of the locked packages asks for: with less the build fails for
/// somebody, with more it is refused to somebody for nothing.
fn rust_version(folder: &Path) -> Result<Verdict, Stop> {
    let metadata = cargo::metadata(folder)?;
    let packages: Vec<&Value> = metadata["packages"].as_array().into_iter().flatten().collect();
    // Packages without a source are our own.
    let (own, others): (Vec<&Value>, Vec<&Value>) =
        packages.into_iter().partition(|package| package["source"].is_null());
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
