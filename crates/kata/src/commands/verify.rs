//! `cargo kata verify`: the proof that the exercises are sound.

use std::process::ExitCode;

use crate::redis_process::RedisProcess;
use crate::verify::{Check, Report, Scope};
use crate::{CliError, Repo, say};

/// What is verified.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// These checks; none means the usual ones.
    pub only: Vec<Check>,
    /// This step alone, by number or name.
    pub step: Option<String>,
    /// Write the starters anew, with the check of the todos alone.
    pub write: bool,
    /// Also those that take minutes.
    pub slow: bool,
    /// So many runs of each step's tests in series, and in parallel, instead of the usual checks.
    pub flake: Option<usize>,
    /// The mutants, instead of the usual checks.
    pub mutants: bool,
    /// Install Redis without a question, if there is none.
    pub yes: bool,
}

/// Runs the checks and prints the table. The exit code is 1 if a check found a fault.
///
/// # Errors
///
/// If nothing can be verified: there is no Redis, or no such step.
pub fn run(repo: &Repo, options: &Options) -> Result<ExitCode, CliError> {
    if options.write && options.only != [Check::Todos] {
        return Err("--write goes with `--only todos` alone: it writes the starters anew.".into());
    }
    if options.flake == Some(0) {
        return Err("--flake 0 would run nothing. Give a number of runs, such as 20.".into());
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
        // Each test finds its own; that there is one is settled before the first of them.
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
