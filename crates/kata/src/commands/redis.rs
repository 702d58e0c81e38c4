//! `cargo kata redis`: a Redis to work with, and one command sent to it, for readers without
//! `redis-cli`.

use std::time::Duration;

use clap::Args;
use redis::{Client, Cmd, Connection, ErrorKind, RedisError};

use crate::system::{Cancellation, RedisProcess, address};
use crate::term::{reply, say};
use crate::{CliError, Outcome};

/// The default port of Redis, which is also that of the programs.
const PORT: u16 = 6379;
/// The address of the Redis that is used if `REDIS_URL` names no other one.
pub const DEFAULT_URL: &str = "redis://127.0.0.1:6379/0";
/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// How often it checks for Ctrl-C, and that Redis runs.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// The address of the Redis to use
#[derive(Debug, Args)]
pub struct Server {
    /// The address of the Redis. `cargo kata play` prints that of its own Redis
    #[arg(
        long,
        value_name = "URL",
        env = "REDIS_URL",
        default_value = DEFAULT_URL,
        hide_env_values = true
    )]
    pub redis: String,
}

/// The options of `cargo kata redis`
#[derive(Debug, Args)]
pub struct Options {
    #[command(flatten)]
    server: Server,
    /// Install redis-server without asking if there is no Redis
    #[arg(long)]
    yes: bool,
    /// The command and its arguments, such as LRANGE queue:default 0 -1
    #[arg(value_name = "COMMAND", trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<String>,
}

/// Sends the command, or without one, runs a Redis.
///
/// # Errors
///
/// If the port of the new Redis is in use, no Redis can be started, or none answers.
pub fn run(options: &Options) -> Result<Outcome, CliError> {
    if options.words.is_empty() {
        serve(options.yes)
    } else {
        send(&options.server.redis, &options.words)
    }
}

/// Starts a Redis on port 6379 and keeps it until Ctrl-C.
fn serve(yes: bool) -> Result<Outcome, CliError> {
    if !address::is_free(PORT) {
        return Err(taken());
    }
    // Signals are caught only after this, because Ctrl-C may answer the question that it asks.
    let mut redis_process = RedisProcess::get(Some(PORT), yes)?;
    let token = Cancellation::at_each_signal()?;
    say::line(&say::paint(say::QUIET, &redis_process.about));
    say::line(&format!("Redis is ready at {}; Ctrl-C stops it.", redis_process.url));
    while !token.take_after(POLL_INTERVAL) {
        if let Some(words) = redis_process.ended() {
            return Err(format!("Redis has ended by itself. {words}").into());
        }
    }
    Ok(Outcome::SUCCESS)
}

fn taken() -> CliError {
    let url = format!("redis://127.0.0.1:{PORT}/0");
    let answers = connect(&url).is_ok_and(|mut connection| redis::cmd("PING").exec(&mut connection).is_ok());
    CliError::new(if answers {
        format!("A Redis is running on port {PORT} already. Use it (try `cargo kata redis PING`), or stop it first.")
    } else {
        format!(
            "Port {PORT} is in use, and no Redis answers there. Stop the program that listens on it, then try again."
        )
    })
}

/// Sends a command and prints the reply as `redis-cli` does. The exit code is 1 if Redis returns an
/// error.
fn send(url: &str, words: &[String]) -> Result<Outcome, CliError> {
    let away = |error: &RedisError| {
        CliError::new(format!(
            "No Redis answers at {}: {error}. \
             Start one with `cargo kata redis`, or give the address of another one with --redis or REDIS_URL.",
            lookout::masked(url)
        ))
    };
    address::validate(url)?;
    let mut connection = connect(url).map_err(|error| away(&error))?;
    let mut command = Cmd::new();
    for word in words {
        command.arg(word);
    }
    let streams = ["MONITOR", "SUBSCRIBE", "PSUBSCRIBE"]
        .iter()
        .any(|name| words.first().is_some_and(|word| word.eq_ignore_ascii_case(name)));
    if streams {
        connection
            .send_packed_command(&command.get_packed_command())
            .map_err(|error| away(&error))?;
        loop {
            let value = connection.recv_response().map_err(|error| away(&error))?;
            say::line(&reply::shown(&value));
        }
    }
    match command.query::<redis::Value>(&mut connection) {
        Ok(value) => {
            say::line(&reply::shown(&value));
            Ok(Outcome::SUCCESS)
        }
        Err(error) if refused(&error) => {
            say::line(&format!("(error) {}", sentence(&error)));
            Ok(Outcome::FAILURE)
        }
        Err(error) => Err(away(&error)),
    }
}

/// Connects to the Redis at this address, within two seconds.
///
/// # Errors
///
/// If it does not answer, or rejects the password.
pub fn connect(url: &str) -> Result<Connection, RedisError> {
    Client::open(url)?.get_connection_with_timeout(CONNECT_TIMEOUT)
}

/// Returns true if Redis itself rejected the command. Otherwise the connection is broken.
fn refused(error: &RedisError) -> bool {
    matches!(error.kind(), ErrorKind::Server(_) | ErrorKind::Extension)
}

/// Formats an error as Redis sent it: its code and its text.
fn sentence(error: &RedisError) -> String {
    let code = error.code().unwrap_or("ERR");
    match error.detail() {
        Some(detail) => format!("{code} {detail}"),
        None => code.to_owned(),
    }
}
