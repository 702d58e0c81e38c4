//! The counters' JSON HTTP API as a program.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use clap::Parser;
use counters::api::{self, Config};
use signal_hook::consts::TERM_SIGNALS;
use signal_hook::flag;
use signal_hook::iterator::Signals;

/// The counters' JSON HTTP API, as slow and as unreliable as you want
#[derive(Parser)]
#[command(version)]
struct Cli {
    /// The address to listen on; port 0 takes any free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4000")]
    listen: SocketAddr,
    /// Latency of defining and changing a counter; reads are not delayed
    #[arg(long, value_name = "TIME", default_value = "400ms", value_parser = humantime::parse_duration)]
    latency: Duration,
    /// Share of the changes that fail, 0 to 1: half of them before, half after the change is stored
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
    // The second signal ends the program at once: this handler runs before the first signal sets
    // the flag.
    let stopping = Arc::new(AtomicBool::new(false));
    for &signal in TERM_SIGNALS {
        flag::register_conditional_shutdown(signal, 128 + signal, stopping.clone())?;
        flag::register(signal, stopping.clone())?;
    }
    let Cli {
        listen,
        latency,
        fail_rate,
    } = cli;
    let api = api::spawn(Config {
        listen,
        latency,
        fail_rate,
        ..Config::default()
    })?;
    // A closed standard output is not a reason to stop.
    let _ = writeln!(io::stdout(), "counters-api listening on {}", api.url());
    signals.forever().next();
    Ok(())
}
