//! `cargo kata` without a command: prints the map and the next thing to do.

use clap::Args;

use crate::learner::build::build;
use crate::learner::test_run::TestRun;
use crate::learner::{Results, map, status};
use crate::repo::suite::Suite;
use crate::system::Cancellation;
use crate::term::progress::Spinner;
use crate::term::say;
use crate::{CliError, Outcome, Repo};

/// The options of the map
#[derive(Debug, Args)]
pub struct Options {
    /// Run all tests of all steps first. This takes one or two minutes after the build
    #[arg(long)]
    run: bool,
    /// Show the tasks of all steps
    #[arg(long)]
    all: bool,
}

/// Prints the map. The exit code is 0, even if tests are red.
///
/// # Errors
///
/// If the steps cannot be read, cargo cannot be started, or Ctrl-C is pressed.
pub fn run(repo: &Repo, options: &Options) -> Result<Outcome, CliError> {
    let token = Cancellation::at_first_signal()?;
    let suites = Suite::all(repo)?;
    if options.run {
        refresh(repo, &suites, &token)?;
    }
    let statuses = status::statuses(repo, suites, &token)?;
    for line in map::render(&statuses, options.all) {
        say::line(&line);
    }
    Ok(Outcome::SUCCESS)
}

/// Runs all groups of all steps, also after a failure.
fn refresh(repo: &Repo, suites: &[Suite], token: &Cancellation) -> Result<(), CliError> {
    for suite in suites {
        say::command(&repo.cargo(&["test", "-p", &suite.step.name]));
    }
    let built = build(
        repo,
        &suites.iter().collect::<Vec<_>>(),
        &token.show("building all tests"),
    )?;
    let bar = Spinner::bar(suites.len());
    for suite in suites {
        let mut results = Results::load(repo, &suite.step).unwrap_or_default();
        results.touch();
        bar.say(&suite.step.name);
        if let Some(executables) = built.of(suite) {
            let test_runs = TestRun::run(repo, suite, &executables.test.path, &suite.groups, token)?;
            for (group, test_run) in suite.groups.iter().zip(test_runs) {
                results.record(group, test_run.state, executables)?;
            }
        }
        results.save(repo, &suite.step)?;
        bar.inc();
    }
    drop(bar);
    say::line("");
    Ok(())
}
