//! The pages hold what they promise: links, lengths, test tables, hints, sessions.

use super::{Check, Report, Scope, Verdict, chapter, hints, links, sessions};
use crate::{Stop, Twin};

/// A row for the links of all pages, and three for each step.
///
/// # Errors
///
/// If a page cannot be read.
pub fn prove(scope: &Scope, report: &mut Report) -> Result<(), Stop> {
    let root = scope.repo.root();
    let pages = links::pages(root)?;
    if !scope.partial {
        report.row(Check::Docs, "links", |_| Ok(Verdict::of(links::broken(root, &pages))));
    }
    for step in &scope.steps {
        let name = format!("docs/{}.md", step.name);
        let Some(page) = pages.get(&scope.repo.chapter(step)) else {
            report.row(Check::Docs, &step.name, |_| {
                Err(format!("There is no chapter {name}.").into())
            });
            continue;
        };
        let tests = scope.repo.crate_of(step, Twin::Yours).join("tests");
        report.row(Check::Docs, &format!("{}, text", step.name), |_| {
            Ok(at(&name, chapter::faults(page, &tests)?))
        });
        report.row(Check::Docs, &format!("{}, hints", step.name), |_| {
            Ok(Verdict::of(hints::of(&scope.repo, step)?))
        });
        report.row(Check::Docs, &format!("{}, sessions", step.name), |_| {
            Ok(at(&name, sessions::faults(scope, page)?))
        });
    }
    Ok(())
}

/// The faults, with the page that has them.
fn at(name: &str, faults: Vec<String>) -> Verdict {
    Verdict::of(faults.into_iter().map(|fault| format!("{name}: {fault}")).collect())
}
