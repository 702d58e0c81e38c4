//! `cargo kata play`: runs the counters app on this machine.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anstyle::AnsiColor;
use clap::Args;

use crate::play::{Program, Role, Session};
use crate::system::address::ReservedPort;
use crate::system::http::{answers, define};
use crate::system::{RedisProcess, cargo};
use crate::term::say;
use crate::{CliError, Outcome, Repo, Side, Step};

/// The default ports of the web page and of the API.
const PAGE_PORT: u16 = 3000;
const API_PORT: u16 = 4000;
/// The queues that the job process watches from step 4 on, the most urgent first. The web page
/// enqueues the clicks in the first one and the recounts in the last one.
const QUEUES: &[&str] = &["critical", "default", "low"];
/// How often the job process looks for due jobs from step 3 on, in seconds. It is short, because
/// users watch the countdown on the web page.
const POLL_SECONDS: &str = "1";
/// The interval of the job process's heartbeat from step 5 on, in seconds. With each heartbeat the
/// process reads the signals of the buttons “Quiet” and “Stop”.
const HEARTBEAT_SECONDS: &str = "1";
/// How long a program may take until it answers requests.
const READY_TIMEOUT: Duration = Duration::from_secs(15);
/// The order in which the programs are stopped, and the timeout of each group. The job process
/// finishes its current jobs, whose calls time out after 10 s.
const SHUTDOWN_ORDER: &[(&[&str], Duration)] = &[
    (&["jobs", "web"], Duration::from_secs(12)),
    (&["api"], Duration::from_secs(5)),
];

/// The options of `cargo kata play`
#[derive(Debug, Args)]
pub struct Options {
    /// The step to run, with your code. The default is our last solution
    step: Option<String>,
    /// Use our solution of the step instead of your code
    #[arg(long)]
    solution: bool,
    /// The fraction of calls that the API fails, from 0.0 to 1.0
    #[arg(long, value_name = "R", value_parser = fraction)]
    fail_rate: Option<f64>,
    /// The delay of each call of the API, such as 400ms
    #[arg(long, value_name = "TIME", value_parser = latency)]
    latency: Option<String>,
    /// Install redis-server without asking if there is no Redis
    #[arg(long)]
    yes: bool,
}

/// Checks that a text is a duration, by the same rules as the API.
fn latency(text: &str) -> Result<String, String> {
    match humantime::parse_duration(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(format!("Give a time such as 400ms or 2s ({error})")),
    }
}

/// Reads a fraction from 0.0 to 1.0.
fn fraction(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(fraction) if (0.0..=1.0).contains(&fraction) => Ok(fraction),
        _ => Err("Give a number from 0.0 to 1.0".to_owned()),
    }
}

/// Builds the programs, runs them until Ctrl-C, and stops them in order.
///
/// # Errors
///
/// If a program does not compile or start, or ends by itself.
pub fn run(repo: &Repo, options: &Options) -> Result<Outcome, CliError> {
    let (step, side) = choose(repo, options)?;
    let whose = if side == Side::Solution {
        "our solution"
    } else {
        "your code"
    };
    say::line(&say::paint(say::STRONG, &format!("Running {} ({whose})", step.name)));
    let build = |folder: &Path, package: &str, program: &str| {
        let args = ["build", "--package", package, "--bin", program];
        say::command(&cargo::display(repo.root(), folder, &args));
        cargo::build(folder, package, program)
    };
    let api = build(repo.root(), "counters", "counters-api")?;
    let program = build(&repo.workspace(side), &step.name, &step.name)?;
    let redis_process = RedisProcess::get(None, options.yes)?;
    say::line(&say::paint(say::QUIET, &redis_process.about));
    say::print_in_background();
    let mut session = Session::open(redis_process)?;
    let error = match start(&mut session, options, &step, api, program) {
        Ok(()) => session.run(),
        Err(error) => error,
    };
    let order = match step.number {
        1 => "page, API, Redis",
        _ => "job process and page, API, Redis",
    };
    say::line(&format!("Stopping {order} (Ctrl-C again kills them)."));
    session.close(SHUTDOWN_ORDER);
    say::line("Stopped; nothing is left running.");
    if error.is_cancelled() {
        Ok(Outcome::SUCCESS)
    } else {
        Err(error)
    }
}

/// Returns the crate to run: our last solution by default; with a step, that of the learner, unless
/// our solution is requested.
fn choose(repo: &Repo, options: &Options) -> Result<(Step, Side), CliError> {
    let Some(which) = &options.step else {
        let last = repo.steps(Side::Solution)?.pop();
        let last = last.ok_or("There is no step under solutions/. Is the clone complete?")?;
        return Ok((last, Side::Solution));
    };
    let side = if options.solution {
        Side::Solution
    } else {
        Side::Starter
    };
    Ok((repo.step(side, which)?, side))
}

fn start(
    session: &mut Session,
    options: &Options,
    step: &Step,
    api: PathBuf,
    program: PathBuf,
) -> Result<(), CliError> {
    let redis = session.redis_url().to_owned();
    let api_port = ReservedPort::near(API_PORT)?;
    let api_at = format!("127.0.0.1:{}", api_port.number());
    let api_url = format!("http://{api_at}");
    let mut args = vec!["--listen".to_owned(), api_at];
    if let Some(rate) = options.fail_rate {
        args.extend(["--fail-rate".to_owned(), rate.to_string()]);
    }
    if let Some(latency) = &options.latency {
        args.extend(["--latency".to_owned(), latency.clone()]);
    }
    session.start(Program::new("api", AnsiColor::Magenta, api, args), Role::Other)?;
    let listing = format!("{api_url}/counters");
    session.until(READY_TIMEOUT, &format!("The API does not answer at {listing}."), || {
        answers(&listing)
    })?;
    for name in ["hits", "signups"] {
        say::command(&format!("curl -X PUT {api_url}/counters/{name}"));
        // With `--fail-rate` the API may fail this call, too, so it is repeated until it succeeds.
        let late = format!("The API does not define the counter {name}.");
        session.until(READY_TIMEOUT, &late, || define(&api_url, name))?;
    }

    let page_port = ReservedPort::near(PAGE_PORT)?;
    let page_at = format!("127.0.0.1:{}", page_port.number());
    let page_url = format!("http://{page_at}");
    let web = ["--redis", &redis, "web", "--listen", &page_at, "--api", &api_url];
    session.start(Program::new("web", AnsiColor::Blue, program.clone(), web), Role::Page)?;
    if step.number > 1 {
        let mut work = vec!["--redis", &redis, "work", "--api", &api_url];
        if step.number > 2 {
            work.extend(["--poll", POLL_SECONDS]);
        }
        if step.number > 3 {
            work.extend(QUEUES.iter().flat_map(|queue| ["-q", queue]));
        }
        if step.number > 4 {
            work.extend(["--heartbeat", HEARTBEAT_SECONDS]);
        }
        session.start(Program::new("jobs", AnsiColor::Green, program, work), Role::JobProcess)?;
    }
    let late = format!("The page does not answer at {page_url}.");
    session.until(READY_TIMEOUT, &late, || answers(&page_url))?;
    say::line("");
    for (name, address) in [
        ("page", &page_url),
        ("API", &api_url),
        ("Redis", &lookout::masked(&redis)),
    ] {
        say::line(&format!(
            "  {}  {address}",
            say::paint(say::STRONG, &format!("{name:<5}"))
        ));
    }
    say::line("");
    say::line(match step.number {
        1 => {
            "Click + on the page: the job waits in Redis. \
             In step 1 no process performs jobs; in step 2 you write one. Ctrl-C stops everything."
        }
        2 | 3 => {
            "Click + on the page: the job process performs the job, and the value changes. Ctrl-C stops everything."
        }
        _ => {
            "Click “Recount 1,000 times” on the page, then +: \
             the job of the second click overtakes the slow jobs, and the value changes. Ctrl-C stops everything."
        }
    });
    Ok(())
}
