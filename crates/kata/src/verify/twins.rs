//! The two twins of a step agree: the files of `src`, the manifests but for the tests' paths, and,
//! between the two workspaces, what they ask for and what is locked. Their versions differ, or
//! cargo would take one for the other. The tests, which they share, are laid out as they must be
//! ([`super::test_layout`]).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use toml::{Table, Value};

use super::{Check, Report, Scope, Verdict, files, git, test_layout};
use crate::{CliError, Side, Step};

/// A row for each step, one for the workspaces, and one for the tests of all steps.
///
/// # Errors
///
/// None; what cannot be read is a fault.
pub fn prove(scope: &Scope, report: &mut Report) -> Result<(), CliError> {
    for step in &scope.steps {
        report.row(Check::Twins, &step.name, |_| one(scope, step));
    }
    if !scope.partial {
        report.row(Check::Twins, "workspaces", |_| workspaces(scope));
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
    // A learner may have added files; the starter is what was committed.
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

/// How a step's two manifests differ, the paths of the tests aside: ours lead to yours.
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

/// How the two root manifests differ where they must not.
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
            "Both workspaces have the same version, so cargo takes the one's builds for the other's (cargo#12516)."
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
        // The root has more, for the tools; what the solutions ask for, the starters must, too.
        if left.get(&name).map(without_dots) != Some(without_dots(&right)) {
            problems.push(format!(
                "The workspace dependency {name} of solutions/Cargo.toml is not the same in Cargo.toml."
            ));
        }
    }
    problems
}

/// A dependency whose path is seen from the root: `../crates/testkit` is `crates/testkit`.
fn without_dots(dependency: &Value) -> Value {
    let mut dependency = dependency.clone();
    if let Some(Value::String(path)) = dependency.get_mut("path")
        && let Some(short) = path.strip_prefix("../")
    {
        *path = short.to_owned();
    }
    dependency
}

/// The packages of which the two lock files pin different versions.
pub fn locks(yours: &Table, ours: &Table) -> Vec<String> {
    let (left, right) = (pinned(yours), pinned(ours));
    let shared = left
        .iter()
        .filter_map(|(name, versions)| Some((name, versions, right.get(name)?)));
    // One may pin a second, older version for a tool's sake; what the solutions build with must be there, too.
    let differ = shared.filter(|(_, left, right)| !right.is_subset(left) && !left.is_subset(right));
    differ
        .map(|(name, left, right)| format!("{name} is locked at {left:?} at the root, at {right:?} in solutions."))
        .collect()
}

/// Version by package, of the packages that come from a registry.
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
