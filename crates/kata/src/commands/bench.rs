//! `cargo kata bench`: measures the throughput of each step with `solutions/bench`, on a Redis of
//! its own.

use clap::Args;

use crate::system::{RedisProcess, cargo};
use crate::term::say;
use crate::{CliError, Outcome, Repo, Side};

/// The path of the chapter's chart.
const PICTURE: &str = "docs/img/throughput.svg";

/// The options of `cargo kata bench`
#[derive(Debug, Args)]
pub struct Options {
    /// The number of runs. The median is reported
    #[arg(long, value_name = "N", default_value_t = 5)]
    runs: usize,
    /// Also update the chart of the chapter
    #[arg(long)]
    write: bool,
    /// Install redis-server without asking if there is no Redis
    #[arg(long)]
    yes: bool,
}

/// Builds the solutions in release mode and measures them.
///
/// # Errors
///
/// If there is no Redis, or cargo cannot be started.
pub fn run(repo: &Repo, options: &Options) -> Result<Outcome, CliError> {
    let redis_process = RedisProcess::get(None, options.yes)?;
    say::line(&say::paint(say::QUIET, &redis_process.about));
    let folder = repo.workspace(Side::Solution);
    let (url, runs) = (&redis_process.url, options.runs.to_string());
    let mut args = vec!["run", "--release", "--package", "bench", "--"];
    args.extend(["--redis", url, "--runs", &runs]);
    let picture = repo.root().join(PICTURE).display().to_string();
    if options.write {
        args.extend(["--svg", &picture]);
    }
    say::line(&say::paint(say::QUIET, &cargo::display(repo.root(), &folder, &args)));
    let status = cargo::command(&folder)
        .args(&args)
        .status()
        .map_err(cargo::not_started)?;
    Ok(Outcome::of(status.success()))
}
