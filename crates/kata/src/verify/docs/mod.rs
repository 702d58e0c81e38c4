//! Checks the pages: links, lengths, test tables, hints, sessions, and plain English.

pub mod chapter;
pub mod comments;
pub mod hints;
pub mod links;
pub mod matching;
pub mod named_pages;
pub mod page;
pub mod prose;
pub mod session;
pub mod sessions;
pub mod shims;
pub mod tree_wording;
pub mod wording;

use std::fs;

use super::docs::chapter::Chapter;
use super::docs::links::{self, Pages};
use super::docs::{hints, named_pages, sessions, tree_wording};
use super::{Check, Report, Scope, Verdict};
use crate::repo::patches;
use crate::{CliError, Side, Step};

/// The page about Redis, whose sessions need no step.
const PRIMER: &str = "docs/redis-and-lua.md";

/// Adds rows for all pages together, one for the sessions of the primer, and some for each step.
///
/// # Errors
///
/// If a page cannot be read.
pub fn prove(scope: &Scope, report: &mut Report) -> Result<(), CliError> {
    let root = scope.repo.root();
    let pages = links::pages(root)?;
    if !scope.partial {
        report.row(Check::Docs, "links", |_| Ok(Verdict::of(links::broken(root, &pages))));
        report.row(Check::Docs, "wording", |_| tree_wording::verdict(root));
        report.row(Check::Docs, "redis-and-lua, sessions", |_| {
            let page = pages
                .get(&root.join(PRIMER))
                .ok_or_else(|| format!("There is no {PRIMER}."))?;
            Ok(Verdict::of(sessions::problems_alone(scope, PRIMER, page)?))
        });
    }
    for step in &scope.steps {
        of_step(scope, step, &pages, report);
    }
    Ok(())
}

fn of_step(scope: &Scope, step: &Step, pages: &Pages, report: &mut Report) {
    let repo = &scope.repo;
    let chapter = || Chapter::of(repo, step, pages);
    let tests = repo.crate_of(step, Side::Starter).join("tests");
    report.row(Check::Docs, &format!("{}, text", step.name), |_| {
        Ok(Verdict::of(chapter()?.problems(&tests)?))
    });
    report.row(Check::Docs, &format!("{}, todos", step.name), |_| {
        let bonus = tests.join("bonus.rs");
        let bonus = fs::read_to_string(&bonus).map_err(|error| CliError::path("read", &bonus, &error))?;
        let starter = patches::tree_after(repo, step, 0)?;
        let problems = named_pages::problems(&chapter()?, &starter, &bonus);
        Ok(Verdict::of(
            problems
                .into_iter()
                .map(|problem| format!("{}/{problem}", step.name))
                .collect(),
        ))
    });
    report.row(Check::Docs, &format!("{}, hints", step.name), |_| {
        Ok(Verdict::of(hints::of(repo, step)?))
    });
    report.row(Check::Docs, &format!("{}, sessions", step.name), |_| {
        Ok(Verdict::of(sessions::problems(scope, &chapter()?.pages)?))
    });
}
