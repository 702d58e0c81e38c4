//! The command line.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::commands::{bench, diff, doctor, hint, home, keep_redis, play, redis, replace, test, top, verify, watch};
use crate::system::{current_exe, redis_process};
use crate::term::say;
use crate::verify::lint;
use crate::{CliError, Outcome, Repo};

/// Helps you through the kata. Without a command, it shows the map: where you are and what to do
/// next
#[derive(Debug, Parser)]
#[command(
    name = "cargo kata",
    bin_name = "cargo kata",
    version,
    args_conflicts_with_subcommands = true,
    after_help = EXIT_CODES
)]
struct Cli {
    #[command(flatten)]
    home: home::Options,
    #[command(subcommand)]
    command: Option<Command>,
}

const EXIT_CODES: &str = "Give a step by its number or name (3, retries, step3-retries), and a task as 3.2.

Exit status: 0 success; 1 a test or check failed, or an error; 2 wrong arguments; 3 no test was run, because the code
does not compile or there is no Redis; 130 after Ctrl-C, but 0 if Ctrl-C is the usual way to end the command.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the tests of a step in task order and show the first failure in full
    Test {
        /// The step, or one of its tasks, such as 3.2. The default is the step that the map points
        /// at
        step: Option<String>,
        /// One task of the step, such as 2, 3.2 or t2_apply
        task: Option<String>,
    },
    /// Run the tests of a step now and at each save, until Ctrl-C
    Watch {
        /// The step, or one of its tasks, such as 3.2. The default is the step that the map points
        /// at
        step: Option<String>,
        /// One task of the step, such as 2, 3.2 or t2_apply
        task: Option<String>,
    },
    /// Print a hint for a task. Run it again for the next hint; a task has up to three
    Hint {
        /// The task, such as 3.2. The default is the task that the map points at
        task: Option<String>,
        /// The number of the hint to print, instead of the next one
        number: Option<usize>,
    },
    /// Compare your step with our solution. It asks first, unless all tests of your step pass
    Diff {
        /// The step to compare
        step: String,
        /// Show the difference without asking
        #[arg(long)]
        yes: bool,
    },
    /// Restore the starter of a step. Your code is backed up
    Reset {
        /// The step to restore
        step: String,
    },
    /// Replace your code of a step with our solution. Your code is backed up
    Skip {
        /// The step to replace
        step: String,
    },
    /// Run the counters app: Redis, the slow API, the web page and the job process
    Play(play::Options),
    /// Check that this machine has everything that the kata needs
    Doctor,
    /// Run a Redis on port 6379. With a command, send it to a Redis and print the reply
    Redis(redis::Options),
    /// Show the queues, processes, retries and counts of the web page in the terminal. Press q to
    /// quit
    Top(redis::Server),
    /// Measure the throughput of each of our solutions and of a bare BRPOP loop. This takes one or
    /// two minutes after the build
    Bench(bench::Options),
    /// For maintainers: check that the exercises are correct
    Verify(verify::Options),
    #[command(name = redis_process::COMMAND, hide = true)]
    KeepRedis {
        #[arg(long)]
        port: Option<u16>,
    },
}

/// Runs the command that the arguments name. The first argument is the name of the program.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let mut args: Vec<_> = args.into_iter().collect();
    // Cargo starts a program named cargo-kata with `kata` as its first argument.
    if args.get(1).is_some_and(|first| first == "kata") {
        args.remove(1);
    }
    if let Some(outcome) = lint::as_compiler(&args) {
        return outcome.into();
    }
    let cli = Cli::parse_from(args);
    let outcome = current_exe().and_then(|_| dispatch(cli)).unwrap_or_else(|error| {
        if !error.is_cancelled() {
            say::error(&error.text);
        }
        error.outcome
    });
    say::finish();
    outcome.into()
}

fn dispatch(cli: Cli) -> Result<Outcome, CliError> {
    let repo = Repo::here;
    match cli.command {
        None => home::run(&repo()?, &cli.home),
        Some(Command::Test { step, task }) => test::run(&repo()?, step.as_deref(), task.as_deref()),
        Some(Command::Watch { step, task }) => watch::run(&repo()?, step.as_deref(), task.as_deref()),
        Some(Command::Hint { task, number }) => hint::run(&repo()?, task.as_deref(), number),
        Some(Command::Diff { step, yes }) => diff::run(&repo()?, &step, yes),
        Some(Command::Reset { step }) => replace::run(&repo()?, &step, replace::By::Starter),
        Some(Command::Skip { step }) => replace::run(&repo()?, &step, replace::By::Solution),
        Some(Command::Play(options)) => play::run(&repo()?, &options),
        Some(Command::Doctor) => doctor::run(&repo()?),
        Some(Command::Redis(options)) => redis::run(&options),
        Some(Command::Top(server)) => top::run(&server.redis),
        Some(Command::Bench(options)) => bench::run(&repo()?, &options),
        Some(Command::Verify(options)) => verify::run(&repo()?, &options),
        Some(Command::KeepRedis { port }) => keep_redis::run(port),
    }
}
