//! Right answers, which have other designs than our solution. A test that rejects one demands more
//! than the chapter does.
//!
//! `trials/right/stepN-NAME/ANSWER.patch` is a patch on the starter, with the changes that a
//! learner would make. It begins with a line `Different:` that describes how it differs from our
//! solution. A second line `Not asked: GROUP, since …` names a group of tests that this design need
//! not pass.

use crate::repo::{libtest, patches};
use crate::system::files;
use crate::verify::test_program::TestFile;
use crate::verify::tree::Tree;
use crate::verify::{Check, Report, Scope, answers};
use crate::{CliError, Repo, Step};

/// One right answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The name of its file without `.patch`.
    pub name: String,
    /// The group of tests that it need not pass, if there is one.
    pub not_asked: Option<String>,
    /// The patch.
    pub diff: String,
}

/// Adds a row for each step.
pub fn prove(scope: &Scope, report: &mut Report) {
    report.each(&scope.steps, |step, report| {
        report.row(Check::Right, &step.name, |spinner| {
            let tree = Tree::prepare(scope, step)?;
            let mut problems = Vec::new();
            for answer in of(&scope.repo, step)? {
                spinner.say(&format!("right answers of {}: {}", step.name, answer.name));
                let mut sources = patches::tree_after(&scope.repo, step, 0)?;
                patches::apply(&answer.name, &answer.diff, &mut sources)?;
                files::write(&tree.folder(step), "src", &sources)?;
                let program = tree.build(step)?;
                let ran = match &answer.not_asked {
                    Some(group) => program.run_without(std::slice::from_ref(group))?,
                    None => program.run()?,
                };
                problems.extend(refused(&answer.name, &ran));
            }
            Ok(problems)
        });
    });
}

/// Reports the tests that an answer does not pass.
pub fn refused(answer: &str, files: &[TestFile]) -> Vec<String> {
    let mut problems = Vec::new();
    for file in files.iter().filter(|file| !file.ok || file.tests.is_empty()) {
        let name = &file.name;
        if libtest::failures(&file.tests).next().is_none() {
            problems.push(format!("{answer}: {name} ended early, or ran no test:\n{}", file.text));
        }
        let failures = libtest::failures(&file.tests);
        problems.extend(failures.map(|(test, output)| format!("{answer}: {name}::{test} rejects it:\n{output}")));
    }
    problems
}

/// Reads the right answers of a step.
fn of(repo: &Repo, step: &Step) -> Result<Vec<Answer>, CliError> {
    answers::of(repo, step, "right", "`Different: …`", read)
}

/// Reads the header and the patch.
pub fn read(name: &str, text: &str) -> Option<Answer> {
    let (different, mut diff) = text.split_once('\n')?;
    different.strip_prefix("Different: ")?;
    let mut not_asked = None;
    if let Some(rest) = diff.strip_prefix("Not asked: ") {
        let (line, rest) = rest.split_once('\n')?;
        // An exception needs a reason.
        not_asked = Some(line.split_once(", since ")?.0.to_owned());
        diff = rest;
    }
    Some(Answer {
        name: name.to_owned(),
        not_asked,
        diff: diff.to_owned(),
    })
}
