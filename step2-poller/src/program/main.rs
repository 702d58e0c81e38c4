//! The program: enqueues jobs from the command line, serves the page that enqueues them, and
//! performs them.

extern crate step2_poller as sidepunch;

mod eviction;
mod log;
mod signals;
mod web;
mod workers;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;

use clap::builder::NonEmptyStringValueParser;
use clap::{Parser, Subcommand};
use serde_json::value::RawValue;
use sidepunch::{Client, Config, Error, Job, Server};
use tracing::level_filters::LevelFilter;
use workers::{FailWorker, SlowWorker, UpdateCounterWorker};

/// Contains the crate's folder, so that a test can see whether it runs the program of the right
/// workspace, the starter's or the solution's.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("CARGO_MANIFEST_DIR"), ")");

/// Background jobs on Redis, step 2: enqueue and perform.
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
    },
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
        Command::Enqueue { class, args } => {
            let jid = client.push(Job::new(&class, &args)?)?;
            writeln!(io::stdout(), "{jid}")?;
        }
        Command::Web { listen, api } => web::serve(client, listen, api, cli.redis)?,
        Command::Work { api, log } => {
            let mut server = Server::new(Config {
                redis: cli.redis.clone(),
                ..Config::default()
            })?
            .register(UpdateCounterWorker::new(&api))
            .register(SlowWorker)
            .register(FailWorker);
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
