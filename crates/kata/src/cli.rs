//! The command line.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::commands::{bench, diff, doctor, hint, home, keep_redis, play, redis, replace, test, top, verify, watch};
use crate::system::{current_exe, redis_process};
use crate::term::say;
use crate::verify::{Check, lint};
use crate::{CliError, Repo};

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
    /// Run all tests of all steps first. This takes one or two minutes after the build
    #[arg(long)]
    run: bool,
    /// Show the tasks of all steps
    #[arg(long)]
    all: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

/// The Redis to use.
#[derive(Debug, Args)]
struct RedisArgs {
    /// The address of the Redis. `cargo kata play` prints that of its own Redis
    #[arg(
        long,
        value_name = "URL",
        env = "REDIS_URL",
        default_value = "redis://127.0.0.1:6379/0",
        hide_env_values = true
    )]
    redis: String,
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
    /// Run the counters app: Redis, the slow API, the web page and the worker
    Play {
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
    },
    /// Check that this machine has everything that the kata needs
    Doctor,
    /// Run a Redis on port 6379. With a command, send it to a Redis and print the reply
    Redis {
        #[command(flatten)]
        server: RedisArgs,
        /// Install redis-server without asking if there is no Redis
        #[arg(long)]
        yes: bool,
        /// The command and its arguments, such as LRANGE queue:default 0 -1
        #[arg(value_name = "COMMAND", trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<String>,
    },
    /// Show the queues, processes, retries and counts of the web page in the terminal. Press q to
    /// quit
    Top(RedisArgs),
    /// Measure the throughput of each of our solutions and of a bare BRPOP loop. This takes one or
    /// two minutes after the build
    Bench {
        /// The number of runs. The median is reported
        #[arg(long, value_name = "N", default_value_t = 5)]
        runs: usize,
        /// Also update the chart of the chapter
        #[arg(long)]
        write: bool,
        /// Install redis-server without asking if there is no Redis
        #[arg(long)]
        yes: bool,
    },
    /// For maintainers: check that the exercises are correct
    Verify {
        /// Run only this check. Can be given several times
        #[arg(long, value_name = "CHECK", value_enum)]
        only: Vec<Check>,
        /// Check only this step
        #[arg(long, value_name = "N")]
        step: Option<String>,
        /// Also run the tests that take minutes: processes are killed, and no job may be lost
        #[arg(long)]
        slow: bool,
        /// Instead of the usual checks, run the tests of each step N times in series and N times in
        /// parallel
        #[arg(long, value_name = "N")]
        flake: Option<usize>,
        /// Instead of the usual checks, run cargo-mutants on the solutions and report the changes
        /// that no test notices
        #[arg(long)]
        mutants: bool,
        /// With --only todos: generate the starters from the solutions and trials/todo
        #[arg(long)]
        write: bool,
        /// Install redis-server without asking if there is no Redis
        #[arg(long)]
        yes: bool,
    },
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
    if let Some(code) = lint::as_compiler(&args) {
        return code;
    }
    let cli = Cli::parse_from(args);
    let code = match current_exe().and_then(|_| dispatch(cli)) {
        Ok(code) => code,
        Err(CliError { text, code }) => {
            say::error(&text);
            ExitCode::from(code)
        }
    };
    say::finish();
    code
}

fn dispatch(cli: Cli) -> Result<ExitCode, CliError> {
    match cli.command {
        None => home::run(
            &Repo::here()?,
            home::Options {
                run: cli.run,
                all: cli.all,
            },
        ),
        Some(Command::Test { step, task }) => test::run(&Repo::here()?, step.as_deref(), task.as_deref()),
        Some(Command::Watch { step, task }) => watch::run(&Repo::here()?, step.as_deref(), task.as_deref()),
        Some(Command::Hint { task, number }) => hint::run(&Repo::here()?, task.as_deref(), number),
        Some(Command::Diff { step, yes }) => diff::run(&Repo::here()?, &step, yes),
        Some(Command::Reset { step }) => replace::run(&Repo::here()?, &step, replace::By::Starter),
        Some(Command::Skip { step }) => replace::run(&Repo::here()?, &step, replace::By::Solution),
        Some(Command::Play {
            step,
            solution,
            fail_rate,
            latency,
            yes,
        }) => play::run(
            &Repo::here()?,
            &play::Options {
                step,
                solution,
                fail_rate,
                latency,
                yes,
            },
        ),
        Some(Command::Doctor) => doctor::run(&Repo::here()?),
        Some(Command::Redis { yes, words, .. }) if words.is_empty() => redis::serve(yes),
        Some(Command::Redis { server, words, .. }) => redis::send(&server.redis, &words),
        Some(Command::Top(RedisArgs { redis })) => top::run(&redis),
        Some(Command::Bench { runs, write, yes }) => bench::run(&Repo::here()?, runs, write, yes),
        Some(Command::Verify {
            only,
            step,
            slow,
            flake,
            mutants,
            write,
            yes,
        }) => verify::run(
            &Repo::here()?,
            &verify::Options {
                only,
                step,
                write,
                slow,
                flake,
                mutants,
                yes,
            },
        ),
        Some(Command::KeepRedis { port }) => keep_redis::run(port),
    }
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
