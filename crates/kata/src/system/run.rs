//! Runs a command and returns its output.

use std::io::{self, BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use wait_timeout::ChildExt;

use super::{Cancellation, Group};
use crate::term::say;
use crate::{CliError, Outcome};

/// In practice no deadline: the time of a build depends on the machine.
pub const BUILD_TIMEOUT: Duration = Duration::from_secs(3600);
/// How many lines of a failed command are shown.
const SUMMARY_LINES: usize = 40;
/// How often a running command is checked for cancellation.
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// How long a command may take to end after SIGTERM: enough to stop a Redis or to remove its
/// container.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(10);

/// The result of a command.
#[derive(Clone, Debug)]
pub struct CommandOutput {
    /// How it has ended.
    pub outcome: Outcome,
    /// Its standard output.
    pub out: String,
    /// The lines of its standard output and standard error together, in the order in which they
    /// arrived.
    pub text: String,
    /// How long it took.
    pub took: Duration,
}

/// Runs a command until it ends. At the `deadline` it is killed, and a line in `text` reports this.
///
/// # Errors
///
/// If the command cannot be started.
pub fn run(command: &mut Command, deadline: Duration) -> Result<CommandOutput, CliError> {
    let begun = Instant::now();
    let mut child = prepared(command)
        .spawn()
        .map_err(|error| start_error(command, &error))?;
    let read = read(&mut child, begun, deadline, &Cancellation::default());
    if read.early.is_some() {
        // An error means that the command has just ended.
        let _ = child.kill();
    }
    read.end(&mut child, begun)
}

/// Runs a command like [`run`], until it is cancelled. Its lines show its progress. The command and
/// its child processes are a process group of their own, so that none of them outlives the
/// cancellation or this process.
///
/// # Errors
///
/// If the command cannot be started, or was cancelled.
pub fn run_cancellable(
    command: &mut Command,
    deadline: Duration,
    token: &Cancellation,
) -> Result<CommandOutput, CliError> {
    let begun = Instant::now();
    let mut group = Group::new()?;
    let mut child = group
        .spawn(prepared(command))
        .map_err(|error| start_error(command, &error))?;
    let read = read(&mut child, begun, deadline, token);
    let is_cancelled = read.early == Some(Outcome::Cancelled);
    if is_cancelled {
        group.terminate();
        // If it does not end in time, or its state cannot be read, it is killed.
        let _ = child.wait_timeout(SHUTDOWN_TIMEOUT);
    }
    if read.early.is_some() {
        group.kill();
    }
    let output = read.end(&mut child, begun)?;
    if is_cancelled {
        Err(CliError::cancelled())
    } else {
        Ok(output)
    }
}

fn prepared(command: &mut Command) -> &mut Command {
    // The message of a failed test is enough; a backtrace would hide it.
    command
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
}

fn start_error(command: &Command, error: &io::Error) -> CliError {
    CliError::new(format!("{:?} cannot be started: {error}.", command.get_program()))
}

/// Returns the lines of the two streams, each with true if it is from the standard output.
fn lines_of(child: &mut Child) -> Receiver<(bool, String)> {
    let (sender, receiver) = mpsc::channel();
    if let Some(out) = child.stdout.take() {
        lines(out, true, sender.clone());
    }
    if let Some(err) = child.stderr.take() {
        lines(err, false, sender);
    }
    receiver
}

/// Sends each line, with its newline, until the stream ends. It sends only whole lines, because the
/// lines of the two streams are mixed in one text.
fn lines(from: impl io::Read + Send + 'static, is_out: bool, to: Sender<(bool, String)>) {
    thread::spawn(move || {
        let mut from = BufReader::new(from);
        loop {
            let mut line = Vec::new();
            // The text before an error is worth showing. The exit status reports the rest.
            let result = from.read_until(b'\n', &mut line);
            if line.is_empty()
                || to.send((is_out, String::from_utf8_lossy(&line).into_owned())).is_err()
                || result.is_err()
            {
                return;
            }
        }
    });
}

/// The output of a command that may not have ended yet.
struct Read {
    out: String,
    text: String,
    /// Why the reading has ended before the streams did.
    early: Option<Outcome>,
}

/// Reads the output until the streams end, the deadline passes, or `token` is cancelled.
fn read(child: &mut Child, begun: Instant, deadline: Duration, token: &Cancellation) -> Read {
    let lines = lines_of(child);
    let (mut out, mut text) = (String::new(), String::new());
    let early = loop {
        let left = deadline.saturating_sub(begun.elapsed());
        match lines.recv_timeout(left.min(POLL_INTERVAL)) {
            Ok((is_out, line)) => {
                token.spinner.on_line(&line);
                text.push_str(&line);
                if is_out {
                    out.push_str(&line);
                }
            }
            Err(RecvTimeoutError::Disconnected) => break None,
            Err(RecvTimeoutError::Timeout) if left.is_zero() => {
                let seconds = deadline.as_secs();
                text.push_str(&format!(
                    "\nThe command did not end within {seconds} s and was killed.\n"
                ));
                break Some(Outcome::TimedOut);
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        if token.is_cancelled() {
            break Some(Outcome::Cancelled);
        }
    };
    Read { out, text, early }
}

impl Read {
    /// Waits until the command has ended.
    fn end(self, child: &mut Child, begun: Instant) -> Result<CommandOutput, CliError> {
        let status = child
            .wait()
            .map_err(|error| format!("The exit status of the command cannot be read: {error}."))?;
        Ok(CommandOutput {
            outcome: self.early.unwrap_or(status.into()),
            out: self.out,
            text: self.text,
            took: begun.elapsed(),
        })
    }
}

impl CommandOutput {
    /// Returns true if it succeeded.
    pub fn ok(&self) -> bool {
        self.outcome == Outcome::SUCCESS
    }

    /// Returns all that the command printed, followed by its exit code if it is not 0.
    pub fn output(&self) -> String {
        match self.outcome {
            Outcome::SUCCESS => self.text.clone(),
            Outcome::Exited(code) => format!("{}? {code}\n", self.text),
            _ => format!("{}(ended by a signal)\n", self.text),
        }
    }

    /// Returns the last lines of the output, without the lines in which cargo and libtest report
    /// success.
    pub fn summary(&self) -> String {
        const NOISE: &str = "Compiling Checking Finished Running Blocking Documenting Downloaded Doc-tests running";
        let matters = |line: &&str| {
            let first = line.split_whitespace().next();
            // Cargo's JSON is not for people.
            let is_json = line.starts_with("{\"");
            let went_well = line.ends_with("... ok") || line.contains(" ... ignored");
            first.is_some_and(|first| !NOISE.split(' ').any(|word| word == first))
                && !is_json
                && !went_well
                && !line.starts_with("test result: ok")
        };
        let lines: Vec<&str> = self.text.lines().filter(matters).collect();
        say::last_lines(&lines.join("\n"), SUMMARY_LINES).trim().to_owned()
    }

    /// Returns what the compiler printed, without cargo's messages in JSON.
    pub fn compiler_output(&self) -> impl Iterator<Item = &str> {
        self.text.lines().filter(|line| !line.starts_with("{\""))
    }
}
