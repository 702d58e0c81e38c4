//! `cargo kata verify`: checks that the exercises are correct.

use std::process::ExitCode;

use crate::system::redis_process::RedisProcess;
use crate::term::say;
use crate::verify::{Check, Report, Scope};
use crate::{CliError, Repo};

/// The options of `cargo kata verify`.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Run these checks; if empty, the usual ones.
    pub only: Vec<Check>,
    /// Check only this step, by number or name.
    pub step: Option<String>,
    /// Write the starters; only with the check of the todos.
    pub write: bool,
    /// Also run the tests that take minutes.
    pub slow: bool,
    /// Instead of the usual checks, run the tests of each step this many times in series and in
    /// parallel.
    pub flake: Option<usize>,
    /// Instead of the usual checks, try the mutants.
    pub mutants: bool,
    /// Install Redis without asking if there is none.
    pub yes: bool,
}

/// Runs the checks and prints the table. The exit code is 1 if a check found a problem.
///
/// # Errors
///
/// If there is no Redis, or no such step.
pub fn run(repo: &Repo, options: &Options) -> Result<ExitCode, CliError> {
    if options.write && options.only != [Check::Todos] {
        return Err("--write works only with `--only todos`: it writes the starters.".into());
    }
    if options.flake == Some(0) {
        return Err("--flake 0 would not run any test. Give a number of runs, such as 20.".into());
    }
    let mut scope = Scope::new(repo, options.step.as_deref(), options.write)?;
    scope.flake = options.flake.unwrap_or(scope.flake);
    let mut checks = options.only.clone();
    if checks.is_empty() && options.flake.is_none() && !options.mutants {
        checks = Check::USUAL.into();
    }
    for (asked, check) in [
        (options.slow, Check::Slow),
        (options.flake.is_some(), Check::Flake),
        (options.mutants, Check::Mutants),
    ] {
        if asked && !checks.contains(&check) {
            checks.push(check);
        }
    }
    if checks
        .iter()
        .any(|check| !matches!(check, Check::Todos | Check::Twins | Check::Stubs))
    {
        // Each test starts its own Redis. If there is none, this reports it before the first test.
        drop(RedisProcess::get(None, options.yes)?);
    }
    let mut report = Report::verbose();
    for check in checks {
        check.prove(&scope, &mut report)?;
    }
    say::line(&format!("\n{}", report.render()));
    Ok(if report.failed() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}
