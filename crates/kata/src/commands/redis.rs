//! `cargo kata redis`: a Redis to work with, and one command sent to it, for readers without
//! `redis-cli`.

use std::process::ExitCode;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use redis::{Client, Cmd, Connection, ErrorKind, RedisError};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::CliError;
use crate::system::address;
use crate::system::redis_process::RedisProcess;
use crate::term::{reply, say};

/// The default port of Redis, which is also that of the programs.
const PORT: u16 = 6379;
/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// Starts a Redis on port 6379 and keeps it until Ctrl-C.
///
/// # Errors
///
/// If the port is in use, or no Redis can be started.
pub fn serve(yes: bool) -> Result<ExitCode, CliError> {
    if !address::is_free(PORT) {
        return Err(taken());
    }
    // Signals are caught only after this, because Ctrl-C may answer the question that it asks.
    let mut redis_process = RedisProcess::get(Some(PORT), yes)?;
    let mut signals =
        Signals::new([SIGINT, SIGTERM, SIGHUP]).map_err(|error| format!("Ctrl-C cannot be caught: {error}."))?;
    let (sender, stop) = mpsc::channel();
    thread::spawn(move || signals.forever().next().map(|signal| sender.send(signal)));
    say::line(&say::paint(say::QUIET, &redis_process.about));
    say::line(&format!("Redis is ready at {}; Ctrl-C stops it.", redis_process.url));
    while let Err(RecvTimeoutError::Timeout) = stop.recv_timeout(Duration::from_millis(200)) {
        if let Some(words) = redis_process.ended() {
            return Err(format!("Redis has ended by itself. {words}").into());
        }
    }
    Ok(ExitCode::SUCCESS)
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
///
/// # Errors
///
/// If Redis does not answer.
pub fn send(url: &str, words: &[String]) -> Result<ExitCode, CliError> {
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
            say::line(&reply::shown(
                &connection.recv_response().map_err(|error| away(&error))?,
            ));
        }
    }
    match command.query::<redis::Value>(&mut connection) {
        Ok(value) => {
            say::line(&reply::shown(&value));
            Ok(ExitCode::SUCCESS)
        }
        Err(error) if refused(&error) => {
            say::line(&format!("(error) {}", sentence(&error)));
            Ok(ExitCode::FAILURE)
        }
        Err(error) => Err(away(&error)),
    }
}

fn connect(url: &str) -> Result<Connection, RedisError> {
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
