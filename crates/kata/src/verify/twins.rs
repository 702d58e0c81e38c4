//! Checks that the starter and the solution of a step agree: the files of `src`, the manifests
//! apart from the paths of the tests, and, between the two workspaces, the dependencies and the
//! locked versions. The versions of the two packages must differ, because otherwise cargo would
//! mistake one for the other. Also checks the layout of the tests, which the two share
//! ([`super::test_layout`]).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use toml::{Table, Value};

use super::{Check, Report, Scope, Verdict, test_layout};
use crate::system::run::run;
use crate::system::{files, git};
use crate::{CliError, Side, Step};

/// How long `cargo tree` may take. It only reads the lock file and the manifests.
const DEADLINE: Duration = Duration::from_secs(60);

/// Adds a row for each step, two for the workspaces, and one for the tests of all steps.
///
/// # Errors
///
/// None: a file that cannot be read is a problem of its row.
pub fn prove(scope: &Scope, report: &mut Report) -> Result<(), CliError> {
    for step in &scope.steps {
        report.row(Check::Twins, &step.name, |_| one(scope, step));
    }
    if !scope.partial {
        report.row(Check::Twins, "workspaces", |_| workspaces(scope));
        report.row(Check::Twins, "features", |_| features(scope));
        report.row(Check::Twins, "tests", |_| test_layout::all(&scope.repo));
    }
    Ok(())
}

fn one(scope: &Scope, step: &Step) -> Result<Verdict, CliError> {
    let (yours, ours) = (
        scope.repo.crate_of(step, Side::Starter),
        scope.repo.crate_of(step, Side::Solution),
    );
    let names = |folder: &Path| Ok::<BTreeSet<_>, CliError>(files::read(folder, "src")?.into_keys().collect());
    // A learner may have added files, so the last commit is compared.
    let committed = git::is_edited(&scope.repo, step)
        .filter(|edited| *edited)
        .and_then(|_| git::committed(&scope.repo, step));
    let of_yours = match committed {
        Some(files) => files.into_keys().collect(),
        None => names(&yours)?,
    };
    let of_ours = names(&ours)?;
    let mut problems = Vec::new();
    for path in of_ours.difference(&of_yours) {
        problems.push(format!("{path} is missing in {}.", step.name));
    }
    for path in of_yours.difference(&of_ours) {
        problems.push(format!("{path} is missing in solutions/{}.", step.name));
    }
    problems.extend(manifests(&text(&yours)?, &text(&ours)?, &step.name));
    problems.extend(test_layout::one(&yours.join("tests"))?);
    Ok(Verdict::of(problems))
}

fn text(folder: &Path) -> Result<String, CliError> {
    let path = folder.join("Cargo.toml");
    std::fs::read_to_string(&path).map_err(|error| CliError::path("read", &path, &error))
}

fn table(folder: &Path, name: &str) -> Result<Table, CliError> {
    let path = folder.join(name);
    let text = std::fs::read_to_string(&path).map_err(|error| CliError::path("read", &path, &error))?;
    text.parse()
        .map_err(|error| CliError::path("understand", &path, &error))
}

/// Compares the two manifests of a step, apart from the paths of the tests: those of the solution
/// lead to the starter. Returns a text for each difference.
pub fn manifests(yours: &str, ours: &str, step: &str) -> Vec<String> {
    let ours = ours.replace(&format!("\"../../{step}/tests/"), "\"tests/");
    let file = |text: &str| [("Cargo.toml".to_owned(), text.to_owned())].into();
    files::differences(&file(yours), &file(&ours), (step, "its solution"))
}

fn workspaces(scope: &Scope) -> Result<Verdict, CliError> {
    let (root, solutions) = (
        scope.repo.workspace(Side::Starter),
        scope.repo.workspace(Side::Solution),
    );
    let (yours, ours) = (table(&root, "Cargo.toml")?, table(&solutions, "Cargo.toml")?);
    let mut problems = roots(&yours, &ours);
    problems.extend(locks(&table(&root, "Cargo.lock")?, &table(&solutions, "Cargo.lock")?));
    Ok(Verdict::of(problems))
}

/// Checks that the tool, the tests of a step and those of the solutions use the same features of the
/// packages that they share. Otherwise cargo compiles those packages once more.
fn features(scope: &Scope) -> Result<Verdict, CliError> {
    let step = scope.steps.last().map_or("", |step| &step.name);
    let builds: [(&str, Side, &[&str]); 3] = [
        ("cargo kata", Side::Starter, &["--edges", "normal,build", "-p", "kata"]),
        (step, Side::Starter, &["--edges", "normal,build,dev", "-p", step]),
        (
            "the solutions",
            Side::Solution,
            &["--edges", "normal,build,dev", "--workspace"],
        ),
    ];
    let mut read = Vec::new();
    for (name, side, args) in builds {
        let mut cargo = crate::system::cargo::command(&scope.repo.workspace(side));
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
        if !ran.ok {
            return Err(ran.summary().into());
        }
        read.push((name, features_of(&ran.out)));
    }
    let (tool, of_tool) = &read.remove(0);
    let problems = read.iter().flat_map(|(name, of_build)| {
        of_build.iter().filter_map(move |(package, features)| {
            let other = of_tool.get(package).filter(|other| *other != features)?;
            Some(format!(
                "{package} has the features {features:?} for {name}, and {other:?} for {tool}: \
                 turn them on in crates/features/Cargo.toml, so that cargo compiles it once."
            ))
        })
    });
    Ok(Verdict::of(problems.collect()))
}

/// Reads the output of `cargo tree`: the features of each package of the registry. A package may
/// occur twice, once for the programs and once for the build.
fn features_of(tree: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut features: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let lines = tree.lines().filter_map(|line| line.split_once('\t'));
    // A path is that of a package of this repository.
    for (package, text) in lines.filter(|(package, _)| !package.contains('/')) {
        features.entry(package.to_owned()).or_default().insert(text.to_owned());
    }
    features
}

/// Compares the parts of the two root manifests that must be equal. Returns a text for each
/// difference.
pub fn roots(yours: &Table, ours: &Table) -> Vec<String> {
    let mut problems = Vec::new();
    let workspace = |table: &Table, key: &str| table.get("workspace").and_then(|value| value.get(key)).cloned();
    let compare = [
        ("workspace.lints", workspace(yours, "lints"), workspace(ours, "lints")),
        (
            "workspace.resolver",
            workspace(yours, "resolver"),
            workspace(ours, "resolver"),
        ),
        ("profile", yours.get("profile").cloned(), ours.get("profile").cloned()),
    ];
    for (name, left, right) in compare {
        if left != right {
            problems.push(format!("[{name}] differs between Cargo.toml and solutions/Cargo.toml."));
        }
    }
    let package = |table: &Table| {
        workspace(table, "package")
            .and_then(|value| value.as_table().cloned())
            .unwrap_or_default()
    };
    let (mut left, mut right) = (package(yours), package(ours));
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
    let dependencies = |table: &Table| {
        workspace(table, "dependencies")
            .and_then(|value| value.as_table().cloned())
            .unwrap_or_default()
    };
    let left = dependencies(yours);
    for (name, right) in dependencies(ours) {
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
