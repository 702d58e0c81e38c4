//! The command line.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::commands::{bench, diff, doctor, hint, home, keep_redis, play, redis, replace, test, top, verify, watch};
use crate::verify::{Check, lint};
use crate::{CliError, Repo, current_exe, redis_process, say};

/// The kata's companion. Alone it shows the map: where you are, and the next thing to do.
#[derive(Debug, Parser)]
#[command(
    name = "cargo kata",
    bin_name = "cargo kata",
    version,
    args_conflicts_with_subcommands = true,
    after_help = EXIT_CODES
)]
struct Cli {
    /// Run every test of every step first; takes a minute or two after the build
    #[arg(long)]
    run: bool,
    /// Show every step task by task
    #[arg(long)]
    all: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Which Redis.
#[derive(Debug, Args)]
struct RedisArgs {
    /// The Redis to ask; `play` prints its own
    #[arg(
        long,
        value_name = "URL",
        env = "REDIS_URL",
        default_value = "redis://127.0.0.1:6379/0",
        hide_env_values = true
    )]
    redis: String,
}

const EXIT_CODES: &str = "A step is given by number or name (3, retries, step3-retries), a task as 3.2.

Exit codes: 0 well, or green; 1 a test or a check failed, or it cannot be done; 2 wrong arguments; 3 no test could be
tried (it does not compile, or there is no Redis); 130 after Ctrl-C, but 0 where that is the way to end it.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a step's tests in task order, up to the first failure, which is shown in full
    Test {
        /// The step, or one task of it as 3.2; without it, the one that the map points at
        step: Option<String>,
        /// One task of it, as 2, 3.2 or t2_apply
        task: Option<String>,
    },
    /// The same at each save, until Ctrl-C
    Watch {
        /// The step, or one task of it as 3.2; without it, the one that the map points at
        step: Option<String>,
        /// One task of it, as 2, 3.2 or t2_apply
        task: Option<String>,
    },
    /// Give a hint for a task; each time the next one, of three
    Hint {
        /// The task, as 3.2; without it, the one that the map points at
        task: Option<String>,
        /// This hint, not the next one
        number: Option<usize>,
    },
    /// Compare your step with our solution; asks first, unless yours is green
    Diff {
        /// The step
        step: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Put a step's starter in place again; what you wrote is kept
    Reset {
        /// The step
        step: String,
    },
    /// Put our solution of a step in place; what you wrote is kept
    Skip {
        /// The step
        step: String,
    },
    /// Run the counters app: a Redis, the slow API, the page, the worker
    Play {
        /// Your step, by number or name; without it, the finished system
        step: Option<String>,
        /// Our solution of that step, not yours
        #[arg(long)]
        solution: bool,
        /// The share of calls that the API lets fail, 0.0 to 1.0
        #[arg(long, value_name = "R", value_parser = share)]
        fail_rate: Option<f64>,
        /// How slow the API is, such as 400ms
        #[arg(long, value_name = "TIME")]
        latency: Option<String>,
        /// If there is no Redis, install redis-server without a question
        #[arg(long)]
        yes: bool,
    },
    /// Say whether everything is here that the kata needs
    Doctor,
    /// Run a Redis on port 6379; with a command, send it and print the reply
    Redis {
        #[command(flatten)]
        server: RedisArgs,
        /// If there is no Redis, install redis-server without a question
        #[arg(long)]
        yes: bool,
        /// A command and its arguments, such as LRANGE queue:default 0 -1
        #[arg(value_name = "COMMAND", trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<String>,
    },
    /// Show in the terminal what the page shows: queues, workers, retries, figures; q quits
    Top(RedisArgs),
    /// Measure how fast each of our solutions is, beside a bare loop of BRPOP; takes a minute or two after the build
    Bench {
        /// How many runs, whose medians are told
        #[arg(long, value_name = "N", default_value_t = 5)]
        runs: usize,
        /// Draw the chapter's picture anew
        #[arg(long)]
        write: bool,
        /// If there is no Redis, install redis-server without a question
        #[arg(long)]
        yes: bool,
    },
    /// For maintainers: prove that the exercises are sound
    Verify {
        /// Only this check; may be given several times
        #[arg(long, value_name = "CHECK", value_enum)]
        only: Vec<Check>,
        /// Only this step, by number or name
        #[arg(long, value_name = "N")]
        step: Option<String>,
        /// Also the tests that take minutes: whatever is killed, nothing is lost
        #[arg(long)]
        slow: bool,
        /// Instead of the usual checks: run each step's tests so many times in series, and in parallel
        #[arg(long, value_name = "N")]
        flake: Option<usize>,
        /// Instead of the usual checks: break the solutions by cargo-mutants, and see whether the tests notice
        #[arg(long)]
        mutants: bool,
        /// With --only todos: write the starters anew, from the solutions and trials/todo
        #[arg(long)]
        write: bool,
        /// If there is no Redis, install redis-server without a question
        #[arg(long)]
        yes: bool,
    },
    #[command(name = redis_process::COMMAND, hide = true)]
    KeepRedis {
        #[arg(long)]
        port: Option<u16>,
    },
}

/// Does what the arguments say, the program's name being the first of them.
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
    match current_exe().and_then(|_| dispatch(cli)) {
        Ok(code) => code,
        Err(CliError { text, code }) => {
            say::error(&text);
            ExitCode::from(code)
        }
    }
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

/// A share, 0.0 to 1.0.
fn share(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("give a number from 0.0 to 1.0".to_owned()),
    }
}
