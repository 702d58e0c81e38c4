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
pub mod wording;

use self::chapter::Chapter;
use self::links::Pages;
use self::wording::Counted;
use super::{Check, Report, Scope};
use crate::repo::patches;
use crate::system::files::{self, Files};
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
    let texts = files::read_only(root, &["md", "rs", "lua"])?;
    let pages = links::pages(root, &texts);
    if !scope.partial {
        report.row(Check::Docs, "links", |_| Ok(links::broken(root, &pages)));
        report.row(Check::Docs, "wording", |_| Ok(wording_problems(&texts)));
        report.row(Check::Docs, "redis-and-lua, sessions", |_| {
            let page = pages.get(&root.join(PRIMER));
            let page = page.ok_or_else(|| format!("There is no {PRIMER}."))?;
            sessions::problems_alone(scope, PRIMER, page)
        });
    }
    report.each(&scope.steps, |step, report| of_step(scope, step, &pages, report));
    Ok(())
}

/// Counts the habits of [`wording`] in all prose of the repository: the pages, and the comments of
/// the code.
fn wording_problems(texts: &Files) -> Vec<String> {
    let (mut pages, mut code): (Vec<Counted>, Vec<Counted>) = Default::default();
    for (name, text) in texts {
        let comments = match name.rsplit('.').next() {
            Some("rs") => comments::of_rust(text),
            Some("lua") => comments::of_lua(text),
            _ => {
                pages.push(wording::count(name, &prose::of_markdown(text)));
                continue;
            }
        };
        code.push(wording::count(name, &prose::of_comments(&comments)));
    }
    [wording::problems(&pages), wording::problems(&code)].concat()
}

fn of_step(scope: &Scope, step: &Step, pages: &Pages, report: &mut Report) {
    let (repo, name) = (&scope.repo, &step.name);
    let chapter = || Chapter::of(repo, step, pages);
    let tests = repo.crate_of(step, Side::Starter).join("tests");
    report.row(Check::Docs, &format!("{name}, text"), |_| chapter()?.problems(&tests));
    report.row(Check::Docs, &format!("{name}, todos"), |_| {
        let bonus = files::text(&tests.join("bonus.rs"))?;
        let starter = patches::tree_after(repo, step, 0)?;
        let problems = named_pages::problems(&chapter()?, &starter, &bonus).into_iter();
        Ok(problems.map(|problem| format!("{name}/{problem}")).collect::<Vec<_>>())
    });
    report.row(Check::Docs, &format!("{name}, hints"), |_| hints::of(repo, step));
    report.row(Check::Docs, &format!("{name}, sessions"), |_| {
        sessions::problems(scope, &chapter()?.pages)
    });
}
