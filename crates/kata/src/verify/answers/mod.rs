//! Answers to the steps, in `trials/`: one patch each, below some lines about it.

pub mod right;
pub mod wrong;

use crate::system::files;
use crate::{CliError, Repo, Step};

/// Reads the answers to a step, by name: `trials/KIND/stepN-NAME/ANSWER.patch`. `read` gets the
/// name and the text of a file, which should begin with `header`.
///
/// # Errors
///
/// If there are none, or one cannot be read.
pub fn of<A>(
    repo: &Repo,
    step: &Step,
    kind: &str,
    header: &str,
    read: impl Fn(&str, &str) -> Option<A>,
) -> Result<Vec<A>, CliError> {
    let folder = repo.root().join("trials").join(kind).join(&step.name);
    let mut answers = Vec::new();
    for path in files::entries(&folder)? {
        if let Some(name) = files::name(&path).strip_suffix(".patch") {
            let answer = read(name, &files::text(&path)?);
            answers.push(answer.ok_or_else(|| format!("{} should begin with {header}.", path.display()))?);
        }
    }
    if answers.is_empty() {
        return Err(format!("{} contains no patch.", folder.display()).into());
    }
    Ok(answers)
}
