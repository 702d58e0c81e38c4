//! Checks that the starters compile without a warning and do not silence one: they have no `allow`
//! and no names with an underscore that the solution does not have.

use std::collections::BTreeSet;

use super::tree::Tree;
use super::{Check, Report, Scope, lint};
use crate::repo::patches;
use crate::system::files::Files;
use crate::{CliError, Side, Step};

/// Adds a row for each step.
pub fn prove(scope: &Scope, report: &mut Report) {
    report.each(&scope.steps, |step, report| {
        report.row(Check::Stubs, &step.name, |_| one(scope, step));
    });
}

fn one(scope: &Scope, step: &Step) -> Result<Vec<String>, CliError> {
    let tree = Tree::prepare(scope, step)?;
    let packages = ["--package", &step.name];
    let why = "A starter must not cause warnings, because learners would get used to ignoring them:";
    let warnings = lint::problems(scope, tree.cargo(), &packages)?.into_iter();
    let mut problems: Vec<_> = warnings.map(|warning| format!("{why}\n{warning}")).collect();
    let starter = patches::tree_after(&scope.repo, step, 0)?;
    let solution = scope.repo.sources(step, Side::Solution)?;
    problems.extend(hidden(&starter, &solution));
    Ok(problems)
}

/// Reports the ways in which the starter silences warnings and the solution does not.
pub fn hidden(starter: &Files, solution: &Files) -> Vec<String> {
    let mut problems = Vec::new();
    for (path, text) in starter {
        let known = solution.get(path).map(|text| signs(text)).unwrap_or_default();
        for sign in signs(text).difference(&known) {
            problems.push(format!(
                "{path} of the starter has `{sign}`, which the solution does not have: a todo must use its arguments."
            ));
        }
    }
    problems
}

/// Returns the attributes that silence a warning, and the names with an underscore in front that
/// are declared with a type.
fn signs(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with("//")) {
        if ["#[allow", "#![allow", "#[expect", "#![expect"]
            .iter()
            .any(|start| line.contains(start))
        {
            found.insert(line.to_owned());
        }
        for word in line.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':') {
            if let Some(name) = word.strip_suffix(':')
                && name.starts_with('_')
                && name.len() > 1
                && !name.contains(':')
            {
                found.insert(name.to_owned());
            }
        }
    }
    found
}
