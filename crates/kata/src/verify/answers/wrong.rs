//! Wrong answers: for each, the test that it names must fail.
//!
//! `trials/wrong/stepN-NAME/ANSWER.patch` is a patch on the solution. It begins with two lines:
//! `Why:` gives the reason why people write it, and `Caught by:` names the test, such as
//! `t3_push::adds_the_queue_to_the_set_of_queues`.

use std::sync::mpsc;
use std::thread;

use crate::repo::libtest::{self, TestOutcome};
use crate::repo::patches;
use crate::system::files::{self, Files};
use crate::verify::test_program::TestFile;
use crate::verify::tree::Tree;
use crate::verify::{Check, Report, Scope, Verdict, answers, parallel, seed};
use crate::{CliError, Repo, Side, Step};

/// How many answers are tried in parallel, at most. Each worker needs a target directory, and the
/// memory of a compiler.
const WORKERS: usize = 4;

/// One wrong answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The name of its file without `.patch`.
    pub name: String,
    /// The group of tests that catches it, such as `t3_push`.
    pub group: String,
    /// The name of the test in the group.
    pub test: String,
    /// The patch.
    pub diff: String,
}

/// Adds a row for the target directories, and one for each step.
pub fn prove(scope: &Scope, report: &mut Report) {
    let mut all = Vec::new();
    for step in &scope.steps {
        match of(&scope.repo, step) {
            Ok(answers) => all.extend(answers.into_iter().map(|answer| (step, answer))),
            Err(error) => report.row(Check::Wrong, &step.name, |_| Err::<Verdict, _>(error)),
        }
    }
    let Some((first, _)) = all.first() else { return };
    let workers = parallel::cores().min(WORKERS);
    let mut is_ready = false;
    report.row(Check::Wrong, "target directories", |_| {
        seed::prepare(scope, first, workers)?;
        is_ready = true;
        Ok(Verdict::default())
    });
    if !is_ready {
        return;
    }
    thread::scope(|threads| {
        let (send, tried) = mpsc::channel();
        let all = &all;
        threads.spawn(move || {
            let workers = (1..=workers).map(|number| Worker::new(scope, number)).collect();
            parallel::parallel_map_with(all, workers, |worker: &mut Worker, (step, answer)| {
                // If one does not apply or compile, the others are tried anyway.
                let problem = worker.escaped(step, answer);
                let problem = problem.unwrap_or_else(|error| Some(format!("{}: {error}", answer.name)));
                // The receiver exists until all have been tried.
                let _ = send.send((step.number, answer.name.clone(), problem));
            });
        });
        // The steps are tried in turn, so only the last answers of one overlap with the first ones
        // of the next.
        let mut early = Vec::new();
        for step in &scope.steps {
            let count = all.iter().filter(|(of, _)| *of == step).count();
            if count == 0 {
                continue;
            }
            report.row(Check::Wrong, &step.name, |spinner| {
                let (mut problems, mut done) = (Vec::new(), 0);
                let waiting = std::mem::take(&mut early);
                for (number, name, problem) in waiting.into_iter().chain(&tried) {
                    if number != step.number {
                        early.push((number, name, problem));
                        continue;
                    }
                    done += 1;
                    problems.extend(problem);
                    spinner.say(&format!("wrong answers of {}: {name} ({done} of {count})", step.name));
                    if done == count {
                        break;
                    }
                }
                problems.sort();
                let notes = vec![format!("{count} wrong answers were tried")];
                Ok(Verdict { problems, notes })
            });
        }
    });
}

/// A thread that tries answers.
struct Worker<'a> {
    scope: &'a Scope,
    number: usize,
    /// The step whose answers it tries, its copy of the repository, and the step's solution.
    at: Option<(&'a Step, Tree<'a>, Files)>,
}

impl<'a> Worker<'a> {
    fn new(scope: &'a Scope, number: usize) -> Worker<'a> {
        let at = None;
        Worker { scope, number, at }
    }

    /// Tries an answer. Returns a text if its test does not catch it.
    fn escaped(&mut self, step: &'a Step, answer: &Answer) -> Result<Option<String>, CliError> {
        let (tree, solution) = self.go_to(step)?;
        let mut sources = solution.clone();
        patches::apply(&answer.name, &answer.diff, &mut sources)?;
        files::write(&tree.folder(step), "src", &sources)?;
        let program = tree.build(step)?;
        let test = format!("{}::{}", answer.group, answer.test);
        if matches!(program.run_test(&test)?, Some(TestOutcome::Failed(_))) {
            return Ok(None);
        }
        // Only now it is worth finding out which other tests catch it.
        let mut caught = failed(&program.run_groups(std::slice::from_ref(&answer.group))?);
        if caught.is_empty() {
            caught = failed(&program.run()?);
        }
        if caught.is_empty() {
            caught.push("nothing".to_owned());
        }
        let (name, caught) = (&answer.name, caught.join(", "));
        Ok(Some(format!(
            "{name}: {test} should catch it, but it was caught by {caught}."
        )))
    }

    /// Prepares the copy for a step. The last answer of another step stays there, since each check
    /// makes the starter of its own step.
    fn go_to(&mut self, step: &'a Step) -> Result<(&Tree<'a>, &Files), CliError> {
        let at = match self.at.take() {
            Some(at) if at.0 == step => at,
            _ => {
                let tree = Tree::numbered(self.scope, step, self.number)?;
                (step, tree, self.scope.repo.sources(step, Side::Solution)?)
            }
        };
        let (_, tree, solution) = self.at.insert(at);
        Ok((tree, solution))
    }
}

/// Returns the whole names of the tests that failed, and the groups in which the test program ended
/// early.
fn failed(files: &[TestFile]) -> Vec<String> {
    let mut failed = Vec::new();
    for file in files {
        failed.extend(libtest::failures(&file.tests).map(|(test, _)| format!("{}::{test}", file.name)));
        if file.broke_off() {
            failed.push(format!("{}, which ended early", file.name));
        }
    }
    failed
}

/// Reads the wrong answers of a step.
fn of(repo: &Repo, step: &Step) -> Result<Vec<Answer>, CliError> {
    answers::of(repo, step, "wrong", "`Why: …` and `Caught by: GROUP::TEST`", read)
}

/// Reads the two lines and the patch after them.
pub fn read(name: &str, text: &str) -> Option<Answer> {
    let (why, rest) = text.split_once('\n')?;
    why.strip_prefix("Why: ")?;
    let (caught, diff) = rest.split_once('\n')?;
    let (group, test) = caught.strip_prefix("Caught by: ")?.split_once("::")?;
    Some(Answer {
        name: name.to_owned(),
        group: group.to_owned(),
        test: test.to_owned(),
        diff: diff.to_owned(),
    })
}
