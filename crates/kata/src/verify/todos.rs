//! Checks that a solution with its tasks turned back into todos is the starter, byte for byte.

use super::{Check, Report, Scope, Verdict};
use crate::repo::{backup, patches};
use crate::system::files;
use crate::{CliError, Side, Step};

/// How many differences are shown.
const SHOWN: usize = 10;

/// Adds a row for each step.
pub fn prove(scope: &Scope, report: &mut Report) {
    for step in &scope.steps {
        report.row(Check::Todos, &step.name, |_| {
            if scope.write {
                write(scope, step)
            } else {
                compare(scope, step)
            }
        });
    }
}

fn compare(scope: &Scope, step: &Step) -> Result<Verdict, CliError> {
    let made = patches::tree_after(&scope.repo, step, 0)?;
    let here = scope.repo.sources(step, Side::Starter)?;
    if made == here {
        return Ok(Verdict::default());
    }
    let name = &step.name;
    let (found, of, notes) = match scope.committed_if_edited(step) {
        Some(committed) => {
            let note = format!("{name}/src contains the answer of a learner, so the last commit is compared instead.");
            (committed, "the last commit", vec![note])
        }
        None => (here, "the starter", Vec::new()),
    };
    let mut lines = files::differences(&made, &found, ("solution and patches", of));
    let mut problems = Vec::new();
    if !lines.is_empty() {
        let more = lines.len().saturating_sub(SHOWN);
        lines.truncate(SHOWN);
        if more > 0 {
            lines.push(format!("and {more} more files"));
        }
        problems.push(format!(
            "{name} is not its solution with trials/todo/{name} applied:\n  {}\n\
             `cargo kata verify --only todos --write` writes the starter from both.",
            lines.join("\n  ")
        ));
    }
    Ok(Verdict { problems, notes })
}

/// Writes the starter. The old files are backed up, because they may be the answer of a learner.
fn write(scope: &Scope, step: &Step) -> Result<Verdict, CliError> {
    let made = patches::tree_after(&scope.repo, step, 0)?;
    if made == scope.repo.sources(step, Side::Starter)? {
        return Ok(Verdict::default());
    }
    let backup = backup::create(&scope.repo, step)?;
    files::write(&scope.repo.crate_of(step, Side::Starter), "src", &made)?;
    let (name, backup) = (&step.name, backup.display());
    let note = format!("{name}/src has been written. The old files are backed up in {backup}.");
    Ok(Verdict {
        problems: Vec::new(),
        notes: vec![note],
    })
}
