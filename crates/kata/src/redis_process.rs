//! A Redis as the tests start it, held by a process of its own.
//!
//! testcontainers answers Ctrl-C by removing its containers and ending the process, at once: a worker that is to finish
//! its job would lose its Redis. So Redis is launched by a second process of this program, which no Ctrl-C reaches (it
//! has a process group of its own), and which ends when its standard input does: when we drop it, or when we are gone,
//! however we went.

use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use wait_timeout::ChildExt;

use crate::progress::Spinner;
use crate::{CliError, current_exe, install};

/// The hidden subcommand by which the process is started.
pub const COMMAND: &str = "keep-redis";
/// How long it may take to stop and remove what it holds; Docker gives a container 10 s.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(15);

/// A Redis that runs. Dropping it stops and removes what was started for it, and waits until that is done.
#[derive(Debug)]
pub struct RedisProcess {
    /// Its address with a database, such as `redis://127.0.0.1:20717/0`.
    pub url: String,
    /// One line: what it is and where it came from.
    pub about: String,
    child: Child,
    answers: BufReader<ChildStdout>,
}

/// Why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StartError {
    /// Nothing is there by which one could be had; installing `redis-server` is a cure.
    Nowhere(String),
    /// Anything else.
    Other(String),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (StartError::Nowhere(text) | StartError::Other(text)) = self;
        f.write_str(text)
    }
}

impl RedisProcess {
    /// Finds or starts a Redis; if there is no way to one, offers to install it and tries again.
    ///
    /// With a `port` it is one of our own, at that port of 127.0.0.1. `yes` answers the offer.
    ///
    /// # Errors
    ///
    /// If there is none in the end; the text names the cures.
    pub fn get(port: Option<u16>, yes: bool) -> Result<RedisProcess, CliError> {
        match RedisProcess::start(port) {
            Err(StartError::Nowhere(text)) => {
                install::offer(&text, yes)?;
                RedisProcess::start(port).map_err(|error| CliError::new(error.to_string()))
            }
            other => other.map_err(|error| CliError::new(error.to_string())),
        }
    }

    /// Finds or starts a Redis.
    ///
    /// # Errors
    ///
    /// [`StartError`], whose text says what was tried and what to do.
    pub fn start(port: Option<u16>) -> Result<RedisProcess, StartError> {
        let _spinner = Spinner::start("starting a Redis");
        let other = |error: &dyn fmt::Display| StartError::Other(format!("A Redis cannot be started: {error}."));
        let mut command = Command::new(current_exe().map_err(|error| StartError::Other(error.text))?);
        command
            .arg(COMMAND)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        if let Some(port) = port {
            command.args(["--port", &port.to_string()]);
        }
        let mut child = command.spawn().map_err(|error| other(&error))?;
        let mut answers = BufReader::new(child.stdout.take().ok_or_else(|| other(&"it has no output"))?);
        let mut first = String::new();
        answers.read_line(&mut first).map_err(|error| other(&error))?;
        let mut redis_process = RedisProcess {
            url: String::new(),
            about: String::new(),
            child,
            answers,
        };
        if let Some(url) = first.trim_end().strip_prefix("ready ") {
            redis_process.url = url.to_owned();
            redis_process
                .answers
                .read_line(&mut redis_process.about)
                .map_err(|error| other(&error))?;
            redis_process.about.truncate(redis_process.about.trim_end().len());
            return Ok(redis_process);
        }
        let text = redis_process.remaining_output();
        Err(if first.trim_end() == "nowhere" {
            StartError::Nowhere(text)
        } else {
            StartError::Other(text)
        })
    }

    /// Whether Redis has ended by itself; then what is known about it.
    pub fn ended(&mut self) -> Option<String> {
        match self.child.try_wait() {
            Ok(None) => None,
            Ok(Some(_)) => Some(self.remaining_output()),
            Err(error) => Some(format!("Its process cannot be asked: {error}.")),
        }
    }

    /// All that the process still says until it ends.
    fn remaining_output(&mut self) -> String {
        let mut text = String::new();
        // What cannot be read is lost; what was read until then is still worth showing.
        let _ = self.answers.read_to_string(&mut text);
        let text = text.trim_end();
        if text.is_empty() {
            "It ended without a word.".to_owned()
        } else {
            text.to_owned()
        }
    }
}

impl Drop for RedisProcess {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        if !matches!(self.child.wait_timeout(SHUTDOWN_TIMEOUT), Ok(Some(_))) {
            // Its own guards remove what it leaves.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
