//! `cargo kata` without a command: prints the map and the next thing to do.

use std::process::ExitCode;

use indicatif::ProgressBar;

use crate::learner::build::build;
use crate::learner::test_run::TestRun;
use crate::learner::{Results, SpinnerProgress, map, state};
use crate::repo::suite::Suite;
use crate::system::interrupt::Interrupt;
use crate::system::run::Progress;
use crate::term::{progress, say};
use crate::{CliError, Repo};

/// The options of the map.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Run all tests first.
    pub run: bool,
    /// Show the tasks of all steps.
    pub all: bool,
}

/// Prints the map. The exit code is 0, even if tests are red.
///
/// # Errors
///
/// If the steps cannot be read, or cargo cannot be started.
pub fn run(repo: &Repo, options: Options) -> Result<ExitCode, CliError> {
    let interrupt = Interrupt::catch()?;
    let cancelled = || interrupt.is_requested();
    let suites = Suite::all(repo)?;
    if options.run && refresh(repo, &suites, &cancelled)?.is_none() {
        return Ok(ExitCode::from(crate::system::interrupt::EXIT_INTERRUPTED));
    }
    let progress = SpinnerProgress::new("looking at what has changed", &cancelled);
    let statuses = state::statuses(repo, suites, &progress)?;
    drop(progress);
    let Some(statuses) = statuses else {
        return Ok(ExitCode::from(crate::system::interrupt::EXIT_INTERRUPTED));
    };
    for line in map::render(&statuses, options.all) {
        say::line(&line);
    }
    Ok(ExitCode::SUCCESS)
}

/// Cancels a command while a progress bar is shown. The bar moves by itself.
struct BarProgress<'a>(&'a dyn Fn() -> bool);

impl Progress for BarProgress<'_> {
    fn is_cancelled(&self) -> bool {
        (self.0)()
    }
}

/// Runs all groups of all steps, also after a failure. Returns `None` if it was interrupted.
fn refresh(repo: &Repo, suites: &[Suite], cancelled: &dyn Fn() -> bool) -> Result<Option<()>, CliError> {
    for suite in suites {
        let args = ["test", "-p", &suite.step.name];
        say::command(&repo.cargo(&args));
    }
    let progress = SpinnerProgress::new("building all tests", cancelled);
    let Some(built) = build(repo, &suites.iter().collect::<Vec<_>>(), &progress)? else {
        return Ok(None);
    };
    drop(progress);
    let bar: ProgressBar = progress::bar(suites.len());
    for suite in suites {
        let mut results = Results::load(repo, &suite.step).unwrap_or_default();
        results.touch();
        bar.set_message(suite.step.name.clone());
        if let Some(executables) = built.of(suite) {
            let test = &executables.test.path;
            let Some(test_runs) = TestRun::run(repo, suite, test, &suite.groups, &BarProgress(cancelled))? else {
                bar.finish_and_clear();
                return Ok(None);
            };
            for (group, test_run) in suite.groups.iter().zip(test_runs) {
                results.record(group, test_run.outcome, executables)?;
            }
        }
        results.save(repo, &suite.step)?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    say::line("");
    Ok(Some(()))
}
