//! `cargo kata` alone: the map, and the next thing to do.

use std::process::ExitCode;

use indicatif::ProgressBar;

use crate::interrupt::Interrupt;
use crate::learner::build::build;
use crate::learner::trial::Trial;
use crate::learner::{Results, Waiting, map, state};
use crate::progress;
use crate::run::Attendant;
use crate::suite::Suite;
use crate::{Repo, Stop, say};

/// What is shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Run all tests first.
    pub run: bool,
    /// Show all steps task by task.
    pub all: bool,
}

/// Prints the map. The exit code is 0, whatever it shows.
///
/// # Errors
///
/// If the steps cannot be read, or cargo cannot be started.
pub fn run(repo: &Repo, options: Options) -> Result<ExitCode, Stop> {
    let interrupt = Interrupt::catch()?;
    let enough = || interrupt.is_asked();
    let suites = Suite::all(repo)?;
    if options.run && refresh(repo, &suites, &enough)?.is_none() {
        return Ok(ExitCode::from(crate::interrupt::CODE));
    }
    let waiting = Waiting::new("looking at what has changed", &enough);
    let standings = state::look(repo, suites, &waiting)?;
    drop(waiting);
    let Some(standings) = standings else {
        return Ok(ExitCode::from(crate::interrupt::CODE));
    };
    for line in map::drawn(&standings, options.all) {
        say::line(&line);
    }
    Ok(ExitCode::SUCCESS)
}

/// Who watches a bar, which moves by itself.
struct Watching<'a>(&'a dyn Fn() -> bool);

impl Attendant for Watching<'_> {
    fn has_enough(&self) -> bool {
        (self.0)()
    }
}

/// Runs all groups of all steps, whatever fails. `None` if it was interrupted.
fn refresh(repo: &Repo, suites: &[Suite], enough: &dyn Fn() -> bool) -> Result<Option<()>, Stop> {
    for suite in suites {
        let args = ["test", "-p", &suite.step.name];
        say::command(&repo.cargo(&args));
    }
    let waiting = Waiting::new("building all tests", enough);
    let Some(built) = build(repo, &suites.iter().collect::<Vec<_>>(), &waiting)? else {
        return Ok(None);
    };
    drop(waiting);
    let bar: ProgressBar = progress::bar(suites.len());
    for suite in suites {
        let mut results = Results::load(repo, &suite.step).unwrap_or_default();
        results.touch();
        bar.set_message(suite.step.name.clone());
        if let Some(executables) = built.of(suite) {
            let test = &executables.test.path;
            let Some(trials) = Trial::run(repo, suite, test, &suite.groups, &Watching(enough))? else {
                bar.finish_and_clear();
                return Ok(None);
            };
            for (group, trial) in suite.groups.iter().zip(trials) {
                results.note(group, trial.outcome, executables)?;
            }
        }
        results.save(repo, &suite.step)?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    say::line("");
    Ok(Some(()))
}
