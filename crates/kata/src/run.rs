//! Running a command quietly, and what it said.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use wait_timeout::ChildExt;

use crate::CliError;
use crate::play::Group;

/// How many lines of a failure are shown.
const SUMMARY_LINES: usize = 40;
/// How often the attendant is asked whether the command is still wanted.
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// How long a command that is asked to end may take: time to stop a Redis, or to remove its container.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(10);

/// How a command went.
#[derive(Clone, Debug)]
pub struct CommandOutput {
    /// Whether it succeeded.
    pub ok: bool,
    /// Its exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// What it wrote to its standard output.
    pub out: String,
    /// The lines of its standard output and error together, as they came.
    pub text: String,
    /// How long it took.
    pub took: Duration,
}

/// Whoever waits for a command.
pub trait Progress {
    /// The command said this line, which ends with its newline.
    fn on_line(&self, _line: &str) {}

    /// Whether the command is not wanted any more.
    fn is_cancelled(&self) -> bool {
        false
    }
}

/// Waits as long as it takes.
struct NoProgress;

impl Progress for NoProgress {}

/// Why nobody listens any more.
#[derive(PartialEq, Eq)]
enum End {
    Eof,
    TimedOut,
    Cancelled,
}

/// Runs a command to its end, or to its `deadline`; then it is killed, and `text` says so.
///
/// # Errors
///
/// If it cannot be started.
pub fn run(command: &mut Command, deadline: Duration) -> Result<CommandOutput, CliError> {
    let begun = Instant::now();
    let mut child = prepared(command)
        .spawn()
        .map_err(|error| start_error(command, &error))?;
    let (out, text, end) = listen(&lines_of(&mut child), begun, deadline, &NoProgress);
    if end == End::TimedOut {
        // An error means that it has just ended.
        let _ = child.kill();
    }
    ran(&mut child, out, text, begun)
}

/// The same, with somebody who listens and may lose interest; `None` says that it was ended for that. The command and
/// what it starts are a process group of their own: nothing of it outlives the interest, or us.
///
/// # Errors
///
/// If it cannot be started.
pub fn run_with_progress(
    command: &mut Command,
    deadline: Duration,
    progress: &dyn Progress,
) -> Result<Option<CommandOutput>, CliError> {
    let begun = Instant::now();
    let mut group = Group::new().map_err(|error| format!("`sh`, which guards it, cannot be started: {error}."))?;
    let mut child = group
        .spawn(prepared(command))
        .map_err(|error| start_error(command, &error))?;
    let (out, text, end) = listen(&lines_of(&mut child), begun, deadline, progress);
    if end == End::Cancelled {
        group.terminate();
        // If it does not end, or nobody can say whether it did, it is killed.
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
    // A failed test says what should have been; a backtrace would drown it.
    command
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
}

fn start_error(command: &Command, error: &std::io::Error) -> CliError {
    CliError::new(format!("{:?} cannot be started: {error}.", command.get_program()))
}

/// Each line of the two streams, and whether it is of the standard output.
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

/// Sends each line, with its newline, until there are no more. Whole lines, because the two streams meet in one text.
fn lines(from: impl Read + Send + 'static, is_out: bool, to: Sender<(bool, String)>) {
    thread::spawn(move || {
        let mut from = BufReader::new(from);
        loop {
            let mut line = Vec::new();
            // What was read until an error is worth showing; the exit status says the rest.
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

/// What is said on the standard output, and on both streams, until nothing more is to be expected.
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
                    "\nIt did not end within {} s and was killed.\n",
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
        .map_err(|error| format!("Nobody can say how the command ended: {error}."))?;
    Ok(CommandOutput {
        ok: status.success(),
        code: status.code(),
        out,
        text,
        took: begun.elapsed(),
    })
}

impl CommandOutput {
    /// All that it said, with its exit code if that was not 0.
    pub fn output(&self) -> String {
        match self.code {
            Some(0) => self.text.clone(),
            Some(code) => format!("{}? {code}\n", self.text),
            None => format!("{}(ended by a signal)\n", self.text),
        }
    }

    /// The end of what it said, without what cargo and libtest say of things that went well.
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
            // Cargo's JSON is for programs.
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
