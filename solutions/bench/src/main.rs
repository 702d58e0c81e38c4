//! `cargo kata bench`: measures the speed of each step, next to a bare loop of `BRPOP` that parses
//! nothing.
//!
//! Each figure is the median of several runs, and each run measures all contenders in turn, so that
//! other load on the machine affects all of them. Each contender is a process of its own, so that
//! its CPU time and memory can be measured.

mod bare;
mod contender;
mod figures;
mod load;
mod measure;
mod plot;
mod proc;
mod steps;
mod table;
mod tally;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::contender::Contender;
use crate::load::Load;

/// Measures the speed of each step, next to a bare loop of BRPOP
#[derive(Parser)]
struct Cli {
    /// An empty database of a Redis; each run empties it
    #[arg(long, value_name = "URL")]
    redis: String,
    /// Number of runs; the median is reported
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// File for a picture of the jobs per second
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// One contender, in a process of its own
    #[command(hide = true)]
    Contend {
        contender: Contender,
        load: Load,
        jobs: u64,
    },
}

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> Result<(), Box<dyn Error>> {
    if let Some(Command::Contend { contender, load, jobs }) = &cli.command {
        let figures = contender.run(&cli.redis, *load, *jobs)?;
        println!("{}", serde_json::to_string(&figures)?);
        return Ok(());
    }
    let report = measure::all(&cli.redis, cli.runs.max(1))?;
    println!("{}", table::table(&report));
    if let Some(path) = &cli.svg {
        std::fs::write(path, plot::svg(&report))?;
        println!("\nWritten: {}", path.display());
    }
    Ok(())
}
