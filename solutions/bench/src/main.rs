//! `cargo kata bench`: how fast each step is, beside a bare loop of `BRPOP` that parses nothing.
//!
//! Every figure is a median of several runs, and in each run all contenders take their turn: what else the machine does
//! meanwhile meets all of them. Each is a process of its own, so that its CPU time and memory can be told.

mod bare;
mod contender;
mod figures;
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
use crate::tally::Load;

/// Measures how fast each step is, beside a bare loop of BRPOP.
#[derive(Parser)]
struct Cli {
    /// An empty database of a Redis; it is emptied again and again
    #[arg(long, value_name = "URL")]
    redis: String,
    /// How many runs, whose medians are told
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Where to draw the jobs per second
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
        println!("\nDrawn: {}", path.display());
    }
    Ok(())
}
