//! `cargo kata bench`: measures the throughput of each step with `solutions/bench`, on a Redis of
//! its own.

use std::process::ExitCode;

use crate::system::cargo;
use crate::system::redis_process::RedisProcess;
use crate::term::say;
use crate::{CliError, Repo, Side};

/// The path of the chapter's chart.
const PICTURE: &str = "docs/img/throughput.svg";

/// Builds the solutions in release mode and measures them.
///
/// # Errors
///
/// If there is no Redis, or cargo cannot be started.
pub fn run(repo: &Repo, runs: usize, write: bool, yes: bool) -> Result<ExitCode, CliError> {
    let redis_process = RedisProcess::get(None, yes)?;
    say::line(&say::paint(say::QUIET, &redis_process.about));
    let folder = repo.workspace(Side::Solution);
    let (url, runs) = (redis_process.url.clone(), runs.to_string());
    let mut args = vec![
        "run",
        "--release",
        "--package",
        "bench",
        "--",
        "--redis",
        &url,
        "--runs",
        &runs,
    ];
    let picture = repo.root().join(PICTURE).display().to_string();
    if write {
        args.extend(["--svg", &picture]);
    }
    say::line(&say::paint(say::QUIET, &cargo::display(repo.root(), &folder, &args)));
    let status = cargo::command(&folder)
        .args(&args)
        .status()
        .map_err(cargo::not_started)?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
