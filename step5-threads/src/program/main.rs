//! The program: enqueues jobs from the command line, serves the page that enqueues them, and
//! performs them.

extern crate step5_threads as sidepunch;

mod eviction;
mod log;
mod signals;
mod table;
mod web;
mod workers;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use clap::builder::NonEmptyStringValueParser;
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};
use serde_json::value::RawValue;
use sidepunch::{Client, Config, Error, Job, Order, Retry, Server};
use tracing::level_filters::LevelFilter;
use workers::{FailWorker, PanicWorker, RecountWorker, SlowWorker, UpdateCounterWorker};

/// Contains the crate's folder, so that a test can see whether it runs the program of the right
/// workspace, the starter's or the solution's.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("CARGO_MANIFEST_DIR"), ")");

/// The upper bound of all durations in seconds: 100 years. A later time could overflow
/// `SystemTime`.
const MAX_SECONDS: f64 = 3_155_760_000.0;

/// Background jobs on Redis, step 5: perform many jobs at once, and lose none in a crash.
#[derive(Parser)]
#[command(version = VERSION)]
struct Cli {
    /// URL of Redis
    #[arg(
        long,
        value_name = "URL",
        env = "REDIS_URL",
        default_value = "redis://127.0.0.1:6379/0",
        hide_env_values = true
    )]
    redis: String,

    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Enqueue one job and print its jid
    Enqueue {
        /// Class of the worker, for example UpdateCounterWorker
        #[arg(value_parser = NonEmptyStringValueParser::new())]
        class: String,
        /// Arguments, a JSON array: '["hits", "incr"]'
        #[arg(value_name = "ARGS_JSON", value_parser = raw_json)]
        args: Box<RawValue>,
        /// Queue to push the job to
        #[arg(short, long, value_name = "NAME", default_value = "default", value_parser = NonEmptyStringValueParser::new())]
        queue: String,
        /// Delay before the job runs, in seconds
        #[arg(long = "in", value_name = "SECONDS", default_value = "0", value_parser = seconds)]
        delay: Duration,
        /// Retries if the job fails: true (25), a number, or false (discard the job)
        #[arg(long, value_name = "JSON", default_value = "true", value_parser = retry)]
        retry: Retry,
    },
    /// Show the size and the latency of each queue
    Queues,
    /// Show statistics of all processes: jobs performed, failed, running and waiting
    Stats,
    /// Serve the counters page, whose buttons enqueue jobs
    Web {
        /// Address to listen on, loopback only
        #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:3000")]
        listen: SocketAddr,
        /// URL of the counters' API
        #[arg(
            long,
            value_name = "URL",
            env = "COUNTERS_API",
            default_value = "http://127.0.0.1:4000"
        )]
        api: String,
    },
    /// Perform jobs until stopped (TERM or Ctrl-C), one log line each
    #[command(after_help = signals::HELP)]
    Work {
        /// URL of the counters' API
        #[arg(
            long,
            value_name = "URL",
            env = "COUNTERS_API",
            default_value = "http://127.0.0.1:4000"
        )]
        api: String,
        /// Log level: off, error, warn, info, debug or trace
        #[arg(long, value_name = "LEVEL", default_value = "info")]
        log: LevelFilter,
        /// Mean interval between two searches for due jobs, in seconds
        #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
        poll: Duration,
        /// Queue to fetch jobs from; repeat it for more. Without weights, earlier queues come first
        /// [default: default]
        #[arg(short, long = "queue", value_name = "NAME[,WEIGHT]")]
        queues: Vec<String>,
        /// Number of jobs to perform at once
        #[arg(short, long, value_name = "N", default_value_t = Config::default().concurrency, value_parser = at_least_one)]
        concurrency: usize,
        /// Shutdown timeout for running jobs, in seconds
        #[arg(short, long, value_name = "SECONDS", default_value = "25", value_parser = seconds)]
        timeout: Duration,
        /// Heartbeat interval, in seconds
        #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = heartbeat)]
        heartbeat: Duration,
        /// Lease duration, in seconds: without a renewal for this long, the process counts as dead
        #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
        lease: Duration,
        /// Name of the app, shown in Sidekiq's Web UI
        #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
        tag: String,
        /// Label of the process, shown in Sidekiq's Web UI; repeat it for more
        #[arg(long = "label", value_name = "NAME")]
        labels: Vec<String>,
    },
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            if matches!(error.downcast_ref(), Some(Error::Unreachable { .. })) {
                eprintln!("Start Redis with `redis-server`, or choose another one with --redis or REDIS_URL.");
            }
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let client = Client::connect(&cli.redis)?;
    match cli.command {
        Command::Enqueue {
            class,
            args,
            queue,
            delay,
            retry,
        } => {
            let mut job = Job::new(&class, &args)?;
            job.set_value("queue", queue);
            job.set("retry", &retry)?;
            let jid = client.push_at(job, SystemTime::now() + delay)?;
            writeln!(io::stdout(), "{jid}")?;
        }
        Command::Web { listen, api } => web::serve(client, listen, api, cli.redis)?,
        Command::Queues => writeln!(io::stdout(), "{}", table::queues(&client)?)?,
        Command::Stats => writeln!(io::stdout(), "{}", table::stats(&client)?)?,
        Command::Work {
            api,
            log,
            poll,
            queues,
            concurrency,
            timeout,
            heartbeat,
            lease,
            tag,
            labels,
        } => {
            let order = Order::parse(&queues);
            let queues = order.unwrap_or_else(|error| Cli::command().error(ErrorKind::ValueValidation, error).exit());
            let mut server = Server::new(Config {
                redis: cli.redis.clone(),
                queues,
                poll,
                concurrency,
                timeout,
                heartbeat,
                lease,
                tag,
                labels,
                ..Config::default()
            })?
            .register(UpdateCounterWorker::new(&api))
            .register(RecountWorker::new(&api))
            .register(SlowWorker)
            .register(FailWorker)
            .register(PanicWorker);
            // First, because each thread inherits the blocked signals.
            signals::handle(server.stop(), server.running())?;
            let _written_at_the_end = log::init(log);
            eviction::warn_about_eviction(&cli.redis);
            server.run()?;
        }
    }
    Ok(())
}

fn raw_json(text: &str) -> Result<Box<RawValue>, String> {
    let json: Box<RawValue> = serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))?;
    if json.get().starts_with('[') {
        Ok(json)
    } else {
        Err(Error::ArgsNotArray(text.to_owned()).to_string())
    }
}

/// Parses a duration in seconds.
fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse() {
        Ok(seconds) if (0.0..=MAX_SECONDS).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err(format!("expected seconds, from 0 to {MAX_SECONDS} (100 years)")),
    }
}

/// Parses a heartbeat interval in seconds. Sidekiq's Web UI considers a process dead after a minute
/// without a heartbeat.
fn heartbeat(text: &str) -> Result<Duration, String> {
    match text.parse() {
        Ok(seconds) if (0.1..=30.0).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err("expected seconds, from 0.1 to 30".to_owned()),
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=10_000).contains(number));
    number.ok_or_else(|| "expected a number of threads from 1 to 10000".to_owned())
}

fn retry(text: &str) -> Result<Retry, String> {
    Retry::parse(text).ok_or_else(|| "expected true, false, or a number of retries such as 5".to_owned())
}
