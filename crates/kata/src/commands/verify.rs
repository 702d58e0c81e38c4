//! `cargo kata verify`: checks that the exercises are correct.

use clap::Args;

use crate::system::RedisProcess;
use crate::term::say;
use crate::verify::{self, Check, Report, Scope};
use crate::{CliError, Outcome, Repo};

/// The options of `cargo kata verify`
#[derive(Debug, Args)]
pub struct Options {
    /// Run only this check. Can be given several times
    #[arg(long, value_name = "CHECK", value_enum)]
    only: Vec<Check>,
    /// Check only this step
    #[arg(long, value_name = "N")]
    step: Option<String>,
    /// Also run the tests that take minutes: processes are killed, and no job may be lost
    #[arg(long)]
    slow: bool,
    /// Instead of the usual checks, run the tests of each step N times in series and N times in
    /// parallel
    #[arg(long, value_name = "N")]
    flake: Option<usize>,
    /// Instead of the usual checks, run cargo-mutants on the solutions and report the changes
    /// that no test notices
    #[arg(long)]
    mutants: bool,
    /// With --only todos: generate the starters from the solutions and trials/todo
    #[arg(long)]
    write: bool,
    /// Install redis-server without asking if there is no Redis
    #[arg(long)]
    yes: bool,
}

/// Runs the checks and prints the table. The exit code is 1 if a check found a problem.
///
/// # Errors
///
/// If there is no Redis, or no such step.
pub fn run(repo: &Repo, options: &Options) -> Result<Outcome, CliError> {
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
    let needs_redis = |check: &Check| !matches!(check, Check::Todos | Check::Twins | Check::Stubs);
    if checks.iter().any(needs_redis) {
        // Each test starts its own Redis. If there is none, this reports it before the first test.
        drop(RedisProcess::get(None, options.yes)?);
    }
    let mut report = Report::verbose();
    for check in checks {
        verify::prove(check, &scope, &mut report)?;
    }
    say::line(&format!("\n{}", report.render()));
    Ok(Outcome::of(!report.failed()))
}
