//! One round of a step's tests: file by file in task order, up to the first one that is not green.

use std::collections::VecDeque;

use super::build::{Built, build};
use super::results::{Outcome, Results};
use super::trial::Trial;
use super::{Waiting, Which, failure};
use crate::suite::{Suite, task_of};
use crate::{Repo, Stop, say};

/// One round.
pub struct Round<'a> {
    /// The repository.
    pub repo: &'a Repo,
    /// Whose tests are run.
    pub which: &'a Which,
    /// Whether whoever waits has had enough.
    pub enough: &'a dyn Fn() -> bool,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// All is green.
    Green,
    /// A test failed.
    Red,
    /// A test, or what it tests, does not compile.
    NoBuild,
    /// There is no Redis.
    NoRedis,
    /// Whoever waited has had enough.
    Enough,
}

impl Round<'_> {
    /// Runs the tests, prints how they went, and keeps it for the map.
    ///
    /// # Errors
    ///
    /// If cargo or a test cannot be started, or the results cannot be kept.
    pub fn run(&self) -> Result<End, Stop> {
        let suite = &self.which.suite;
        let files = self.which.files();
        say::command(&self.plain(&files));
        let mut results = Results::load(self.repo, &suite.step).unwrap_or_default();
        for batch in batches(files, &results) {
            let waiting = Waiting::new(&format!("building {}", suite.step.name), self.enough);
            let Some(built) = build(self.repo, &[(suite, batch.clone())], &waiting)? else {
                return Ok(End::Enough);
            };
            drop(waiting);
            for file in &batch {
                match self.one(file, &built, &mut results)? {
                    End::Green => {}
                    end => return Ok(end),
                }
            }
        }
        Ok(End::Green)
    }

    /// Cargo's command for all of it.
    fn plain(&self, files: &[String]) -> String {
        let mut args = vec!["test", "-p", &self.which.suite.step.name];
        if self.which.task.is_some() {
            args.extend(files.iter().flat_map(|file| ["--test", file]));
        }
        self.repo.cargo(&args)
    }

    fn one(&self, file: &str, built: &Built, results: &mut Results) -> Result<End, Stop> {
        let suite = &self.which.suite;
        let Some(executables) = built.of(suite, file) else {
            results.touch();
            results.save(self.repo, &suite.step)?;
            say::line(&row(suite, file, &say::paint(say::BAD, "✗"), "does not build"));
            say::aside(&format!("\n{}", built.errors.as_deref().unwrap_or_default()));
            return Ok(End::NoBuild);
        };
        let waiting = Waiting::new(&format!("running {file}"), self.enough);
        let Some(trial) = Trial::run(self.repo, suite, executables.test, &waiting)? else {
            return Ok(End::Enough);
        };
        drop(waiting);
        results.note(file, trial.outcome, executables)?;
        results.save(self.repo, &suite.step)?;
        let (ran, failed, took) = (trial.ran(), trial.failures().len(), trial.took.as_secs_f64());
        let (mark, words) = match trial.outcome {
            Outcome::Green => (say::paint(say::GOOD, "✓"), format!("{} {took:>5.1} s", tests(ran))),
            Outcome::Red if failed == 0 => (say::paint(say::BAD, "✗"), "did not end".to_owned()),
            Outcome::Red => (
                say::paint(say::BAD, "✗"),
                format!(
                    "{failed} of {} {}",
                    tests(ran),
                    if failed == 1 { "fails" } else { "fail" }
                ),
            ),
            Outcome::NoRedis => (say::paint(say::WARN, "!"), "no Redis".to_owned()),
        };
        say::line(&row(suite, file, &mark, &words));
        for line in trial.skipped() {
            say::line(&say::paint(say::QUIET, &format!("      {line}")));
        }
        Ok(match trial.outcome {
            Outcome::Green => End::Green,
            Outcome::Red => {
                say::line(&format!("\n{}", failure::told(self.repo, suite, file, &trial)?));
                End::Red
            }
            Outcome::NoRedis => {
                let said = trial.failures().first().map_or(trial.text.as_str(), |(_, said)| said);
                say::line(&format!("\n{}", said.trim_end()));
                End::NoRedis
            }
        })
    }
}

/// What is built at once: what was green the last time, up to the file that was not, which is the one that somebody works
/// on. What comes behind it is built when it is reached: a minute is long when nothing is going to run.
fn batches(files: Vec<String>, results: &Results) -> Vec<Vec<String>> {
    let mut rest = VecDeque::from(files);
    let mut first = Vec::new();
    while let Some(file) = rest.pop_front() {
        let open = task_of(&file).is_some() && results.last(&file) != Some(Outcome::Green);
        first.push(file);
        if open {
            break;
        }
    }
    let rest = rest.into_iter().map(|file| vec![file]);
    [first]
        .into_iter()
        .chain(rest)
        .filter(|batch| !batch.is_empty())
        .collect()
}

fn row(suite: &Suite, file: &str, mark: &str, words: &str) -> String {
    let number = suite
        .task_of(file)
        .map_or(String::new(), |task| format!("{}.{}", suite.step.number, task.number));
    format!("  {mark} {number:<3} {file:<17} {words}")
}

fn tests(count: usize) -> String {
    format!("{count} test{}", if count == 1 { "" } else { "s" })
}
