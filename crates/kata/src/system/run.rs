//! Runs a command and returns its output.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use wait_timeout::ChildExt;

use super::group::Group;
use crate::CliError;

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
    /// True if it succeeded.
    pub ok: bool,
    /// Its exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// Its standard output.
    pub out: String,
    /// The lines of its standard output and standard error together, in the order in which they
    /// arrived.
    pub text: String,
    /// How long it took.
    pub took: Duration,
}

/// Watches a command while it runs.
pub trait Progress {
    /// Receives a line that the command printed, with its newline.
    fn on_line(&self, _line: &str) {}

    /// Returns true if the command is no longer needed, so that it should be stopped.
    fn is_cancelled(&self) -> bool {
        false
    }
}

/// Ignores the lines and never cancels.
struct NoProgress;

impl Progress for NoProgress {}

/// Why the reading of the output has ended.
#[derive(PartialEq, Eq)]
enum End {
    Eof,
    TimedOut,
    Cancelled,
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
    let (out, text, end) = listen(&lines_of(&mut child), begun, deadline, &NoProgress);
    if end == End::TimedOut {
        // An error means that the command has just ended.
        let _ = child.kill();
    }
    ran(&mut child, out, text, begun)
}

/// Runs a command like [`run`], and passes its lines to `progress`, which can also cancel it.
/// Returns `None` if it was cancelled. The command and its child processes are a process group of
/// their own, so that none of them outlives the cancellation or this process.
///
/// # Errors
///
/// If the command cannot be started.
pub fn run_with_progress(
    command: &mut Command,
    deadline: Duration,
    progress: &dyn Progress,
) -> Result<Option<CommandOutput>, CliError> {
    let begun = Instant::now();
    let mut group =
        Group::new().map_err(|error| format!("`sh`, which guards the command, cannot be started: {error}."))?;
    let mut child = group
        .spawn(prepared(command))
        .map_err(|error| start_error(command, &error))?;
    let (out, text, end) = listen(&lines_of(&mut child), begun, deadline, progress);
    if end == End::Cancelled {
        group.terminate();
        // If it does not end in time, or its state cannot be read, it is killed.
        let _ = child.wait_timeout(SHUTDOWN_TIMEOUT);
    }
    if end != End::Eof {
        group.kill();
    }
    Ok(match ran(&mut child, out, text, begun)? {
        _ if end == End::Cancelled => None,
        ran => Some(ran),
    })
}

fn prepared(command: &mut Command) -> &mut Command {
    // The message of a failed test is enough; a backtrace would hide it.
    command
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
}

fn start_error(command: &Command, error: &std::io::Error) -> CliError {
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
fn lines(from: impl Read + Send + 'static, is_out: bool, to: Sender<(bool, String)>) {
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

/// Collects the standard output, and the lines of both streams, until the streams end, the deadline
/// passes, or `progress` cancels.
fn listen(
    receiver: &Receiver<(bool, String)>,
    begun: Instant,
    deadline: Duration,
    progress: &dyn Progress,
) -> (String, String, End) {
    let (mut out, mut text) = (String::new(), String::new());
    let end = loop {
        let left = deadline.saturating_sub(begun.elapsed());
        match receiver.recv_timeout(left.min(POLL_INTERVAL)) {
            Ok((is_out, line)) => {
                progress.on_line(&line);
                text.push_str(&line);
                if is_out {
                    out.push_str(&line);
                }
            }
            Err(RecvTimeoutError::Disconnected) => break End::Eof,
            Err(RecvTimeoutError::Timeout) if left.is_zero() => {
                text.push_str(&format!(
                    "\nThe command did not end within {} s and was killed.\n",
                    deadline.as_secs()
                ));
                break End::TimedOut;
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        if progress.is_cancelled() {
            break End::Cancelled;
        }
    };
    (out, text, end)
}

fn ran(child: &mut Child, out: String, text: String, begun: Instant) -> Result<CommandOutput, CliError> {
    let status = child
        .wait()
        .map_err(|error| format!("The exit status of the command cannot be read: {error}."))?;
    Ok(CommandOutput {
        ok: status.success(),
        code: status.code(),
        out,
        text,
        took: begun.elapsed(),
    })
}

impl CommandOutput {
    /// Returns all that the command printed, followed by its exit code if it is not 0.
    pub fn output(&self) -> String {
        match self.code {
            Some(0) => self.text.clone(),
            Some(code) => format!("{}? {code}\n", self.text),
            None => format!("{}(ended by a signal)\n", self.text),
        }
    }

    /// Returns the last lines of the output, without the lines in which cargo and libtest report
    /// success.
    pub fn summary(&self) -> String {
        let noise = [
            "Compiling",
            "Checking",
            "Finished",
            "Running",
            "Blocking",
            "Documenting",
            "Downloaded",
            "Doc-tests",
            "running",
        ];
        let matters = |line: &&str| {
            let first = line.split_whitespace().next().unwrap_or("");
            // Cargo's JSON is not for people.
            let is_json = line.starts_with("{\"");
            let went_well = line.ends_with("... ok") || line.contains(" ... ignored");
            !line.trim().is_empty()
                && !is_json
                && !went_well
                && !noise.contains(&first)
                && !line.starts_with("test result: ok")
        };
        let lines: Vec<&str> = self.text.lines().filter(matters).collect();
        let lines = &lines[lines.len().saturating_sub(SUMMARY_LINES)..];
        lines.join("\n").trim().to_owned()
    }
}
