//! A Redis as the tests start it, held by a process of its own.
//!
//! On Ctrl-C, testcontainers removes its containers and ends the process at once. A process that
//! should finish its jobs would lose its Redis. So a second process of this program launches Redis.
//! It has a process group of its own, so Ctrl-C does not reach it, and it ends when its standard
//! input ends: when [`RedisProcess`] is dropped, or when this process ends for any reason.

use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use wait_timeout::ChildExt;

use super::{current_exe, install};
use crate::CliError;
use crate::term::progress::Spinner;

/// The hidden subcommand that starts the process.
pub const COMMAND: &str = "keep-redis";
/// The timeout for stopping Redis and removing what was started for it. Docker gives a container 10
/// s.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(15);

/// A running Redis. Dropping it stops Redis, removes what was started for it, and waits until that
/// is done.
#[derive(Debug)]
pub struct RedisProcess {
    /// The address with a database, such as `redis://127.0.0.1:20717/0`.
    pub url: String,
    /// A line that describes the Redis and its source.
    pub about: String,
    child: Child,
    answers: BufReader<ChildStdout>,
}

impl RedisProcess {
    /// Finds or starts a Redis. If there is no way to do so, offers to install it and tries again.
    ///
    /// With a `port`, starts a new one at that port of 127.0.0.1. With `yes`, installs without
    /// asking.
    ///
    /// # Errors
    ///
    /// If there is still none; the message names the ways to get one.
    pub fn get(port: Option<u16>, yes: bool) -> Result<RedisProcess, CliError> {
        let text = match RedisProcess::start(port)? {
            Ok(redis_process) => return Ok(redis_process),
            Err(nowhere) => nowhere,
        };
        install::offer(&text, yes)?;
        RedisProcess::start(port)?.map_err(CliError::new)
    }

    /// Finds or starts a Redis. If there is no way to start one on this machine, so that installing
    /// `redis-server` helps, returns a text about the ways that were tried.
    fn start(port: Option<u16>) -> Result<Result<RedisProcess, String>, CliError> {
        let _spinner = Spinner::start("starting a Redis");
        let cannot = |error: io::Error| CliError::new(format!("A Redis cannot be started: {error}."));
        let mut command = Command::new(current_exe()?);
        command
            .arg(COMMAND)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        if let Some(port) = port {
            command.args(["--port", &port.to_string()]);
        }
        let mut child = command.spawn().map_err(cannot)?;
        let out = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe.into());
        let mut answers = BufReader::new(out.map_err(cannot)?);
        let mut first = String::new();
        answers.read_line(&mut first).map_err(cannot)?;
        let mut redis_process = RedisProcess {
            url: String::new(),
            about: String::new(),
            child,
            answers,
        };
        match first.trim_end().split_once(' ') {
            Some(("ready", url)) => {
                redis_process.url = url.to_owned();
                let mut about = String::new();
                redis_process.answers.read_line(&mut about).map_err(cannot)?;
                redis_process.about = about.trim_end().to_owned();
                Ok(Ok(redis_process))
            }
            _ if first.trim_end() == "nowhere" => Ok(Err(redis_process.remaining_output())),
            _ => Err(redis_process.remaining_output().into()),
        }
    }

    /// Returns the known reason if Redis has ended without being stopped.
    pub fn ended(&mut self) -> Option<String> {
        match self.child.try_wait() {
            Ok(None) => None,
            Ok(Some(_)) => Some(self.remaining_output()),
            Err(error) => Some(format!("The state of its process cannot be read: {error}.")),
        }
    }

    /// Reads the rest of the output of the process, until it ends.
    fn remaining_output(&mut self) -> String {
        let mut text = String::new();
        // After an error, the text that was read before it is still worth showing.
        let _ = self.answers.read_to_string(&mut text);
        match text.trim_end() {
            "" => "It ended without a message.".to_owned(),
            text => text.to_owned(),
        }
    }
}

impl Drop for RedisProcess {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        if !matches!(self.child.wait_timeout(SHUTDOWN_TIMEOUT), Ok(Some(_))) {
            // The guards of that process remove what it leaves behind.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
