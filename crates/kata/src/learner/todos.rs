//! The todos that are still in a learner's code.

use std::collections::BTreeSet;

use crate::{CliError, Repo, Side, Step};

/// Returns the numbers of the tasks of a step whose `todo!("task N.M: …")` is still in the code.
///
/// # Errors
///
/// If a file cannot be read.
pub fn left(repo: &Repo, step: &Step) -> Result<BTreeSet<u8>, CliError> {
    let sources = repo.sources(step, Side::Starter)?;
    let after = sources.values().flat_map(|text| text.split("todo!(").skip(1));
    Ok(after.filter_map(|after| task(step, after)).collect())
}

/// Reads `M` from the text `"task N.M: …"`.
fn task(step: &Step, after: &str) -> Option<u8> {
    let text = after.trim_start().strip_prefix('"')?;
    let number = text.strip_prefix(&format!("task {}.", step.number))?;
    number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}
