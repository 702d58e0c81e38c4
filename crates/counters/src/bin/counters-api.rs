//! The counters' JSON HTTP API as a program.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use clap::Parser;
use counters::api::{self, Config};
use signal_hook::consts::TERM_SIGNALS;
use signal_hook::flag;
use signal_hook::iterator::Signals;

/// The counters' JSON HTTP API, as slow and as unreliable as wanted.
#[derive(Parser)]
#[command(version)]
struct Cli {
    /// The address to listen at; port 0 takes any free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4000")]
    listen: SocketAddr,
    /// The file that holds values and keys; without one they are kept in memory
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// How long defining and changing a counter takes; reading is answered at once
    #[arg(long, value_name = "TIME", default_value = "400ms", value_parser = humantime::parse_duration)]
    latency: Duration,
    /// Which share of the changes fails, 0 to 1: half before and half after the change is stored
    #[arg(long, value_name = "RATE", default_value_t = 0.0)]
    fail_rate: f64,
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<(), Box<dyn std::error::Error>> {
    let mut signals = Signals::new(TERM_SIGNALS)?;
    // The second signal ends the program at once: this is asked before the flag is set by the first.
    let stopping = Arc::new(AtomicBool::new(false));
    for &signal in TERM_SIGNALS {
        flag::register_conditional_shutdown(signal, 128 + signal, stopping.clone())?;
        flag::register(signal, stopping.clone())?;
    }
    let Cli {
        listen,
        data,
        latency,
        fail_rate,
    } = cli;
    let api = api::spawn(Config {
        listen,
        data,
        latency,
        fail_rate,
        ..Config::default()
    })?;
    // Nobody reading our output is no reason to serve nobody.
    let _ = writeln!(io::stdout(), "counters-api listening on {}", api.url());
    signals.forever().next();
    Ok(())
}
