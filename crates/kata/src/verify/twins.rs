//! Checks that the starter and the solution of a step agree: the files of `src`, the manifests
//! apart from the paths of the tests, and, between the two workspaces, the dependencies and the
//! locked versions. The versions of the two packages must differ, because otherwise cargo would
//! mistake one for the other. Also checks the layout of the tests, which the two share
//! ([`super::test_layout`]).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use toml::{Table, Value};

use super::{Check, Report, Scope, test_layout};
use crate::system::run::run;
use crate::system::{cargo, files};
use crate::{CliError, Side, Step};

/// How long `cargo tree` may take. It only reads the lock file and the manifests.
const DEADLINE: Duration = Duration::from_secs(60);

/// Adds a row for each step, two for the workspaces, and one for the tests of all steps.
pub fn prove(scope: &Scope, report: &mut Report) {
    for step in &scope.steps {
        report.row(Check::Twins, &step.name, |_| one(scope, step));
    }
    if !scope.partial {
        report.row(Check::Twins, "workspaces", |_| workspaces(scope));
        report.row(Check::Twins, "features", |_| features(scope));
        report.row(Check::Twins, "tests", |_| test_layout::all(&scope.repo));
    }
}

fn one(scope: &Scope, step: &Step) -> Result<Vec<String>, CliError> {
    let (repo, name) = (&scope.repo, &step.name);
    // A learner may have added files, so the last commit is compared.
    let yours = match scope.committed_if_edited(step) {
        Some(files) => files,
        None => repo.sources(step, Side::Starter)?,
    };
    let ours = repo.sources(step, Side::Solution)?;
    let mut problems = Vec::new();
    for path in ours.keys().filter(|path| !yours.contains_key(*path)) {
        problems.push(format!("{path} is missing in {name}."));
    }
    for path in yours.keys().filter(|path| !ours.contains_key(*path)) {
        problems.push(format!("{path} is missing in solutions/{name}."));
    }
    let manifest = |side| files::text(&repo.crate_of(step, side).join("Cargo.toml"));
    problems.extend(manifests(&manifest(Side::Starter)?, &manifest(Side::Solution)?, name));
    problems.extend(test_layout::one(&repo.crate_of(step, Side::Starter).join("tests"))?);
    Ok(problems)
}

/// Compares the two manifests of a step, apart from the paths of the tests: those of the solution
/// lead to the starter. Returns a text for each difference.
pub fn manifests(yours: &str, ours: &str, step: &str) -> Vec<String> {
    let ours = ours.replace(&format!("\"../../{step}/tests/"), "\"tests/");
    let file = |text: &str| [("Cargo.toml".to_owned(), text.to_owned())].into();
    files::differences(&file(yours), &file(&ours), (step, "its solution"))
}

fn workspaces(scope: &Scope) -> Result<Vec<String>, CliError> {
    let table = |side, name: &str| {
        let path = scope.repo.workspace(side).join(name);
        let table = files::text(&path)?.parse::<Table>();
        table.map_err(|error| CliError::path("understand", &path, &error))
    };
    let both = |name: &str| Ok::<_, CliError>((table(Side::Starter, name)?, table(Side::Solution, name)?));
    let (manifests, lock_files) = (both("Cargo.toml")?, both("Cargo.lock")?);
    let mut problems = roots(&manifests.0, &manifests.1);
    problems.extend(locks(&lock_files.0, &lock_files.1));
    Ok(problems)
}

/// Checks that the tool, the tests of a step and those of the solutions use the same features of
/// the packages that they share. Otherwise cargo compiles those packages once more.
fn features(scope: &Scope) -> Result<Vec<String>, CliError> {
    let step = scope.steps.last().map_or("", |step| &step.name);
    let of_tool = features_of(scope, Side::Starter, &["--edges", "normal,build", "-p", "kata"])?;
    let mut problems = Vec::new();
    for (name, side, args) in [
        (step, Side::Starter, &["--edges", "normal,build,dev", "-p", step][..]),
        (
            "the solutions",
            Side::Solution,
            &["--edges", "normal,build,dev", "--workspace"],
        ),
    ] {
        for (package, features) in features_of(scope, side, args)? {
            if let Some(other) = of_tool.get(&package).filter(|other| **other != features) {
                problems.push(format!(
                    "{package} has the features {features:?} for {name}, and {other:?} for cargo kata: \
                     turn them on in crates/features/Cargo.toml, so that cargo compiles it once."
                ));
            }
        }
    }
    Ok(problems)
}

/// Returns the features of each package of the registry in a build. A package may occur twice, once
/// for the programs and once for the build.
fn features_of(scope: &Scope, side: Side, args: &[&str]) -> Result<BTreeMap<String, BTreeSet<String>>, CliError> {
    let mut cargo = cargo::command(&scope.repo.workspace(side));
    cargo.args([
        "tree",
        "--quiet",
        "--locked",
        "--no-dedupe",
        "--prefix",
        "none",
        "--format",
        "{p}\t{f}",
    ]);
    let ran = run(cargo.args(args), DEADLINE)?;
    if !ran.ok() {
        return Err(ran.summary().into());
    }
    let mut features: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let lines = ran.out.lines().filter_map(|line| line.split_once('\t'));
    // A path is that of a package of this repository.
    for (package, text) in lines.filter(|(package, _)| !package.contains('/')) {
        features.entry(package.to_owned()).or_default().insert(text.to_owned());
    }
    Ok(features)
}

/// Compares the parts of the two root manifests that must be equal. Returns a text for each
/// difference.
pub fn roots(yours: &Table, ours: &Table) -> Vec<String> {
    let mut problems = Vec::new();
    for name in ["workspace.lints", "workspace.resolver", "profile"] {
        if part(yours, name) != part(ours, name) {
            problems.push(format!("[{name}] differs between Cargo.toml and solutions/Cargo.toml."));
        }
    }
    let inner = |table: &Table, name: &str| part(table, name).and_then(Value::as_table).cloned().unwrap_or_default();
    let [mut left, mut right] = [yours, ours].map(|table| inner(table, "workspace.package"));
    if left.remove("version") == right.remove("version") {
        problems.push(
            "Both workspaces have the same version, \
             so cargo mistakes the builds of one for those of the other (cargo#12516)."
                .to_owned(),
        );
    }
    if left != right {
        problems.push(
            "[workspace.package] differs between Cargo.toml and solutions/Cargo.toml in more than the version."
                .to_owned(),
        );
    }
    let [left, right] = [yours, ours].map(|table| inner(table, "workspace.dependencies"));
    for (name, right) in right {
        // The root has more dependencies, for the tools. Those of the solutions must be in the
        // root, too.
        if left.get(&name).map(without_dots) != Some(without_dots(&right)) {
            problems.push(format!(
                "The workspace dependency {name} of solutions/Cargo.toml differs from that in Cargo.toml."
            ));
        }
    }
    problems
}

/// Returns a part of a manifest: `profile`, or `workspace.lints`.
fn part<'a>(manifest: &'a Table, name: &str) -> Option<&'a Value> {
    match name.split_once('.') {
        Some((table, key)) => manifest.get(table)?.get(key),
        None => manifest.get(name),
    }
}

/// Changes the path of a dependency to that from the root: `../crates/testkit` becomes
/// `crates/testkit`.
fn without_dots(dependency: &Value) -> Value {
    let mut dependency = dependency.clone();
    if let Some(Value::String(path)) = dependency.get_mut("path")
        && let Some(short) = path.strip_prefix("../")
    {
        *path = short.to_owned();
    }
    dependency
}

/// Reports the packages of which the two lock files pin different versions.
pub fn locks(yours: &Table, ours: &Table) -> Vec<String> {
    let (left, right) = (pinned(yours), pinned(ours));
    let shared = left
        .iter()
        .filter_map(|(name, versions)| Some((name, versions, right.get(name)?)));
    // One file may pin another, older version, which a tool needs. The versions with which the
    // solutions are built must be in both.
    let differ = shared.filter(|(_, left, right)| !right.is_subset(left) && !left.is_subset(right));
    differ
        .map(|(name, left, right)| format!("{name} is locked at {left:?} at the root, and at {right:?} in solutions."))
        .collect()
}

/// Returns the versions of each package that comes from a registry.
fn pinned(lock: &Table) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in lock.get("package").and_then(Value::as_array).into_iter().flatten() {
        let field = |key: &str| package.get(key).and_then(Value::as_str).map(str::to_owned);
        if let (Some(name), Some(version), Some(_)) = (field("name"), field("version"), field("source")) {
            found.entry(name).or_default().insert(version);
        }
    }
    found
}
