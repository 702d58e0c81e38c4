//! One round of a step's tests: group by group in task order, up to the first one that is not
//! green.

use super::build::{Executables, build};
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
    /// Returns true if the round shall end early.
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
    /// It was ended early.
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
        let groups = self.which.groups();
        say::command(&self.plain(&groups));
        let mut results = Results::load(self.repo, &suite.step).unwrap_or_default();
        let waiting = Waiting::new(&format!("building {}", suite.step.name), self.enough);
        let Some(built) = build(self.repo, &[suite], &waiting)? else {
            return Ok(End::Enough);
        };
        drop(waiting);
        let Some(executables) = built.of(suite) else {
            results.touch();
            results.save(self.repo, &suite.step)?;
            say::line(&format!(
                "  {} {} does not build",
                say::paint(say::BAD, "✗"),
                suite.step.name
            ));
            say::aside(&format!("\n{}", built.errors.as_deref().unwrap_or_default()));
            return Ok(End::NoBuild);
        };
        for call in calls(groups, &results) {
            match self.call(&call, executables, &mut results)? {
                End::Green => {}
                end => return Ok(end),
            }
        }
        Ok(End::Green)
    }

    /// Cargo's command for all of it.
    fn plain(&self, groups: &[String]) -> String {
        let mut args = vec!["test", "-p", &self.which.suite.step.name];
        match (self.which.task, groups) {
            (None, _) => {}
            (Some(_), [group]) => args.push(group),
            // Cargo itself takes one name, and passes on what follows `--`.
            (Some(_), groups) => args.extend(["--"].into_iter().chain(groups.iter().map(String::as_str))),
        }
        self.repo.cargo(&args)
    }

    /// Runs some groups in one call of the test program, and prints them up to the first one that
    /// is not green.
    fn call(&self, groups: &[String], executables: &Executables, results: &mut Results) -> Result<End, Stop> {
        let suite = &self.which.suite;
        let waiting = Waiting::new(&format!("running {}", groups.join(", ")), self.enough);
        let trials = Trial::run(self.repo, suite, &executables.test.path, groups, &waiting)?;
        drop(waiting);
        let Some(trials) = trials else {
            return Ok(End::Enough);
        };
        for (group, trial) in groups.iter().zip(&trials) {
            results.note(group, trial.outcome, executables)?;
        }
        results.save(self.repo, &suite.step)?;
        for (group, trial) in groups.iter().zip(&trials) {
            // The time is that of the call: if groups have shared it, none of them took so long.
            let took = (groups.len() == 1).then_some(trial.took);
            show(suite, group, trial, took);
            match trial.outcome {
                Outcome::Green => {}
                Outcome::Red => {
                    say::line(&format!("\n{}", failure::told(self.repo, suite, group, trial)?));
                    return Ok(End::Red);
                }
                Outcome::NoRedis => {
                    let said = trial.failures().first().map_or(trial.text.as_str(), |(_, said)| said);
                    say::line(&format!("\n{}", said.trim_end()));
                    return Ok(End::NoRedis);
                }
            }
        }
        Ok(End::Green)
    }
}

/// Splits the groups into calls of the test program. Each call starts a Redis of its own, so one
/// call runs all groups that should be green: those of the given code and of earlier steps, and the
/// tasks that were green the last time. From the first task that was not, each group has a call of
/// its own, so that the first failure comes quickly, and a later task, which is not done yet,
/// cannot hang the program or end it.
pub fn calls(groups: Vec<String>, results: &Results) -> Vec<Vec<String>> {
    let is_open = |group: &String| task_of(group).is_some() && results.last(group) != Some(Outcome::Green);
    let first_open = groups.iter().position(is_open).unwrap_or(groups.len());
    let (green, open) = groups.split_at(first_open);
    let green = [green].into_iter().filter(|green| !green.is_empty());
    green.chain(open.chunks(1)).map(<[String]>::to_vec).collect()
}

/// Prints how a group went, in a line, and below it which tests did not run.
fn show(suite: &Suite, group: &str, trial: &Trial, took: Option<std::time::Duration>) {
    let (ran, failed) = (trial.ran(), trial.failures().len());
    let (mark, words) = match trial.outcome {
        Outcome::Green => {
            let took = took.map_or_else(String::new, |took| format!(" {:>5.1} s", took.as_secs_f64()));
            (say::paint(say::GOOD, "✓"), format!("{}{took}", tests(ran)))
        }
        Outcome::Red if failed == 0 => (say::paint(say::BAD, "✗"), "did not end".to_owned()),
        Outcome::Red => {
            let verb = if failed == 1 { "fails" } else { "fail" };
            (say::paint(say::BAD, "✗"), format!("{failed} of {} {verb}", tests(ran)))
        }
        Outcome::NoRedis => (say::paint(say::WARN, "!"), "no Redis".to_owned()),
    };
    let number = suite
        .task_of(group)
        .map_or(String::new(), |task| format!("{}.{}", suite.step.number, task.number));
    say::line(&format!("  {mark} {number:<3} {group:<17} {words}"));
    for line in trial.skipped(group) {
        say::line(&say::paint(say::QUIET, &format!("      {line}")));
    }
}

fn tests(count: usize) -> String {
    format!("{count} test{}", if count == 1 { "" } else { "s" })
}
