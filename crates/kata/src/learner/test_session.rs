//! A run of a step's tests: group by group in task order, up to the first group that is not green.

use super::build::{Executables, build};
use super::test_run::TestRun;
use super::{Results, Selection, State, failure};
use crate::repo::suite::{Suite, task_of};
use crate::system::Cancellation;
use crate::term::say;
use crate::{CliError, Repo};

/// A run of a step's tests.
pub struct TestSession<'a> {
    /// The repository.
    pub repo: &'a Repo,
    /// The step or task whose tests run.
    pub selection: &'a Selection,
    /// Ends the run early.
    pub token: &'a Cancellation,
}

impl TestSession<'_> {
    /// Runs the tests, prints the results, and saves them for the map. Returns the state of the
    /// first group that is not green; green if all are.
    ///
    /// # Errors
    ///
    /// If cargo or the test program cannot be started, the results cannot be saved, or the run is
    /// cancelled.
    pub fn run(&self) -> Result<State, CliError> {
        let suite = &self.selection.suite;
        let groups = self.selection.groups();
        say::command(&self.plain(&groups));
        let mut results = Results::load(self.repo, &suite.step).unwrap_or_default();
        let token = self.token.show(&format!("building {}", suite.step.name));
        let built = build(self.repo, &[suite], &token)?;
        drop(token);
        let Some(executables) = built.of(suite) else {
            results.touch();
            results.save(self.repo, &suite.step)?;
            let mark = say::paint(say::BAD, "✗");
            say::line(&format!("  {mark} {} does not compile", suite.step.name));
            say::note(&format!("\n{}", built.errors.as_deref().unwrap_or_default()));
            return Ok(State::NoBuild);
        };
        for call in calls(groups, &results) {
            match self.call(&call, executables, &mut results)? {
                State::Green => {}
                other => return Ok(other),
            }
        }
        Ok(State::Green)
    }

    /// Returns the cargo command that runs the same tests.
    fn plain(&self, groups: &[String]) -> String {
        let mut args = vec!["test", "-p", &self.selection.suite.step.name];
        match (self.selection.task, groups) {
            (None, _) => {}
            (Some(_), [group]) => args.push(group),
            // Cargo accepts one name, and passes the arguments after `--` on.
            (Some(_), groups) => args.extend(["--"].into_iter().chain(groups.iter().map(String::as_str))),
        }
        self.repo.cargo(&args)
    }

    /// Runs some groups in one call of the test program, and prints the results up to the first
    /// group that is not green.
    fn call(&self, groups: &[String], executables: &Executables, results: &mut Results) -> Result<State, CliError> {
        let suite = &self.selection.suite;
        let token = self.token.show(&format!("running {}", groups.join(", ")));
        let test_runs = TestRun::run(self.repo, suite, &executables.test.path, groups, &token)?;
        drop(token);
        for (group, test_run) in groups.iter().zip(&test_runs) {
            results.record(group, test_run.state, executables)?;
        }
        results.save(self.repo, &suite.step)?;
        for (group, test_run) in groups.iter().zip(&test_runs) {
            // The time is that of the whole call, so it is not shown if several groups have shared
            // it.
            let took = (groups.len() == 1).then_some(test_run.took);
            show(suite, group, test_run, took);
            let text = match test_run.state {
                State::Green => continue,
                State::NoRedis => {
                    let failures = test_run.failures();
                    let output = failures.first().map_or(test_run.text.as_str(), |(_, output)| output);
                    output.trim_end().to_owned()
                }
                _ => failure::describe(self.repo, suite, group, test_run)?,
            };
            say::line(&format!("\n{text}"));
            return Ok(test_run.state);
        }
        Ok(State::Green)
    }
}

/// Splits the groups into calls of the test program. Each call starts a Redis of its own, so one
/// call runs all groups that should be green: those of the given code, those of earlier steps, and
/// the tasks that were green the last time. From the first other task on, each group has its own
/// call. So the first failure comes quickly, and a later task, which is not done yet, cannot hang
/// or end the program.
pub fn calls(groups: Vec<String>, results: &Results) -> Vec<Vec<String>> {
    let is_open = |group: &String| task_of(group).is_some() && results.last(group) != Some(State::Green);
    let first_open = groups.iter().position(is_open).unwrap_or(groups.len());
    let (green, open) = groups.split_at(first_open);
    let green = [green].into_iter().filter(|green| !green.is_empty());
    green.chain(open.chunks(1)).map(<[String]>::to_vec).collect()
}

/// Prints the result of a group in one line, and below it the tests that were skipped.
fn show(suite: &Suite, group: &str, test_run: &TestRun, took: Option<std::time::Duration>) {
    let (ran, failed) = (test_run.ran(), test_run.failures().len());
    let (mark, words) = match test_run.state {
        State::Green => {
            let took = took.map_or_else(String::new, |took| format!(" {:>5.1} s", took.as_secs_f64()));
            (say::paint(say::GOOD, "✓"), format!("{}{took}", tests(ran)))
        }
        State::Red if failed == 0 => (say::paint(say::BAD, "✗"), "did not end".to_owned()),
        State::Red => {
            let verb = if failed == 1 { "fails" } else { "fail" };
            (say::paint(say::BAD, "✗"), format!("{failed} of {} {verb}", tests(ran)))
        }
        _ => (say::paint(say::WARN, "!"), "no Redis".to_owned()),
    };
    let number = suite
        .task_of(group)
        .map_or(String::new(), |task| format!("{}.{}", suite.step.number, task.number));
    say::line(&format!("  {mark} {number:<3} {group:<17} {words}"));
    for line in test_run.skipped(group) {
        say::line(&say::paint(say::QUIET, &format!("      {line}")));
    }
}

fn tests(count: usize) -> String {
    format!("{count} test{}", if count == 1 { "" } else { "s" })
}
