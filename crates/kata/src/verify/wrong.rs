//! Wrong answers: each must fail, and at the test that is there for it.
//!
//! `trials/wrong/stepN-NAME/ANSWER.patch` is a patch on the solution, below two lines: `Why:` people write it, and
//! `Caught by:` which test, as `t3_push::the_queue_is_made_known`.

use super::files::Files;
use super::libtest::Outcome;
use super::tree::Tree;
use super::{Check, Report, Scope, Verdict, answers, files, patches};
use crate::{Repo, Step, Stop, Twin};

/// One wrong answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its file's name without `.patch`.
    pub name: String,
    /// The test file that catches it, such as `t3_push`.
    pub file: String,
    /// The test in it.
    pub test: String,
    /// The patch.
    pub diff: String,
}

/// A row for each step.
///
/// # Errors
///
/// None; what cannot be tried is a fault.
pub fn prove(scope: &Scope, report: &mut Report) -> Result<(), Stop> {
    for step in &scope.steps {
        report.row(Check::Wrong, &step.name, |spinner| {
            let tree = Tree::prepare(scope, step)?;
            let solution = files::read(&scope.repo.crate_of(step, Twin::Ours), "src")?;
            let answers = of(&scope.repo, step)?;
            let mut faults = Vec::new();
            for (number, answer) in (1..).zip(&answers) {
                spinner.say(&format!(
                    "wrong answers of {}: {} ({number} of {})",
                    step.name,
                    answer.name,
                    answers.len()
                ));
                // One that does not fit or compile must not keep the others from being tried.
                let escaped = escaped(&tree, step, answer, solution.clone());
                faults.extend(escaped.unwrap_or_else(|stop| Some(format!("{}: {stop}", answer.name))));
            }
            tree.put(step, 0)?;
            Ok(Verdict {
                faults,
                notes: vec![format!("{} wrong answers were tried", answers.len())],
            })
        });
    }
    Ok(())
}

/// What is wrong if the answer is not caught by its test.
fn escaped(tree: &Tree, step: &Step, answer: &Answer, mut sources: Files) -> Result<Option<String>, Stop> {
    patches::apply(&answer.name, &answer.diff, &mut sources)?;
    files::write(&tree.folder(step), "src", &sources)?;
    let ran = tree.test(step, std::slice::from_ref(&answer.file))?;
    let outcomes = ran.iter().flat_map(|file| &file.tests);
    let caught: Vec<&str> = outcomes
        .filter(|(_, outcome)| matches!(outcome, Outcome::Failed(_)))
        .map(|(name, _)| name.as_str())
        .collect();
    if caught.contains(&answer.test.as_str()) {
        return Ok(None);
    }
    let by = if caught.is_empty() {
        "nothing".to_owned()
    } else {
        caught.join(", ")
    };
    Ok(Some(format!(
        "{}: {}::{} should catch it; caught by {by}.",
        answer.name, answer.file, answer.test
    )))
}

/// A step's wrong answers, by name.
///
/// # Errors
///
/// If there are none, or one cannot be read.
pub fn of(repo: &Repo, step: &Step) -> Result<Vec<Answer>, Stop> {
    let folder = repo.root().join("trials/wrong").join(&step.name);
    let read = |(name, text): (String, String)| {
        read(&name, &text).ok_or_else(|| {
            format!(
                "{}/{name}.patch should begin with `Why: …` and `Caught by: FILE::TEST`.",
                folder.display()
            )
            .into()
        })
    };
    answers::texts(&folder)?.into_iter().map(read).collect()
}

/// Reads the two lines and what is below them.
pub fn read(name: &str, text: &str) -> Option<Answer> {
    let (why, rest) = text.split_once('\n')?;
    why.strip_prefix("Why: ")?;
    let (caught, diff) = rest.split_once('\n')?;
    let (file, test) = caught.strip_prefix("Caught by: ")?.split_once("::")?;
    Some(Answer {
        name: name.to_owned(),
        file: file.to_owned(),
        test: test.to_owned(),
        diff: diff.to_owned(),
    })
}
