//! Checks that a solution with its tasks turned back into todos is the starter, byte for byte.

use super::{Check, Report, Scope, Verdict};
use crate::repo::{backup, patches};
use crate::system::{files, git};
use crate::{CliError, Side, Step};

/// How many differences are shown.
const SHOWN: usize = 10;

/// Adds a row for each step.
///
/// # Errors
///
/// None: a file that cannot be read is a problem of its row.
pub fn prove(scope: &Scope, report: &mut Report) -> Result<(), CliError> {
    for step in &scope.steps {
        report.row(Check::Todos, &step.name, |_| {
            if scope.write {
                write(scope, step)
            } else {
                compare(scope, step)
            }
        });
    }
    Ok(())
}

fn compare(scope: &Scope, step: &Step) -> Result<Verdict, CliError> {
    let made = patches::tree_after(&scope.repo, step, 0)?;
    let here = files::read(&scope.repo.crate_of(step, Side::Starter), "src")?;
    if made == here {
        return Ok(Verdict::default());
    }
    let (found, name, notes) = match git::is_edited(&scope.repo, step) {
        Some(true) => match git::committed(&scope.repo, step) {
            Some(committed) => {
                let note = format!(
                    "{}/src contains the answer of a learner, so the last commit is compared instead.",
                    step.name
                );
                (committed, "the last commit", vec![note])
            }
            None => (here, "the starter", Vec::new()),
        },
        _ => (here, "the starter", Vec::new()),
    };
    let mut lines = files::differences(&made, &found, ("solution and patches", name));
    if lines.is_empty() {
        return Ok(Verdict {
            problems: Vec::new(),
            notes,
        });
    }
    let more = lines.len().saturating_sub(SHOWN);
    lines.truncate(SHOWN);
    let more = if more > 0 {
        format!("\n  and {more} more files")
    } else {
        String::new()
    };
    let problem = format!(
        "{} is not its solution with trials/todo/{} applied:\n  {}{more}\n\
         `cargo kata verify --only todos --write` writes the starter from both.",
        step.name,
        step.name,
        lines.join("\n  ")
    );
    Ok(Verdict {
        problems: vec![problem],
        notes,
    })
}

/// Writes the starter. The old files are backed up, because they may be the answer of a learner.
fn write(scope: &Scope, step: &Step) -> Result<Verdict, CliError> {
    let made = patches::tree_after(&scope.repo, step, 0)?;
    let folder = scope.repo.crate_of(step, Side::Starter);
    let here = files::read(&folder, "src")?;
    if made == here {
        return Ok(Verdict::default());
    }
    let backup = backup::create(&scope.repo, step)?;
    files::write(&folder, "src", &made)?;
    let note = format!(
        "{}/src has been written. The old files are backed up in {}.",
        step.name,
        backup.display()
    );
    Ok(Verdict {
        problems: Vec::new(),
        notes: vec![note],
    })
}
