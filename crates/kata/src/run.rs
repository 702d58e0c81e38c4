//! Running a command quietly, and what it said.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use crate::Stop;

/// How many lines of a failure are shown.
const SHOWN: usize = 40;

/// How a command went.
#[derive(Clone, Debug)]
pub struct Ran {
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

/// Runs a command to its end, or to its `deadline`; then it is killed, and `text` says so.
///
/// # Errors
///
/// If it cannot be started.
pub fn run(command: &mut Command, deadline: Duration) -> Result<Ran, Stop> {
    let begun = Instant::now();
    // A failed test says what should have been; a backtrace would drown it.
    command.env("RUST_BACKTRACE", "0");
    let started = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = started.map_err(|error| format!("{:?} cannot be started: {error}.", command.get_program()))?;
    let (send, said) = mpsc::channel();
    if let Some(out) = child.stdout.take() {
        lines(out, true, send.clone());
    }
    if let Some(err) = child.stderr.take() {
        lines(err, false, send);
    }
    let (mut out, mut text) = (String::new(), String::new());
    loop {
        match said.recv_timeout(deadline.saturating_sub(begun.elapsed())) {
            Ok((is_out, line)) => {
                text.push_str(&line);
                if is_out {
                    out.push_str(&line);
                }
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                // An error means that it has just ended.
                let _ = child.kill();
                text.push_str(&format!(
                    "\nIt did not end within {} s and was killed.\n",
                    deadline.as_secs()
                ));
                break;
            }
        }
    }
    let status = child
        .wait()
        .map_err(|error| format!("Nobody can say how the command ended: {error}."))?;
    Ok(Ran {
        ok: status.success(),
        code: status.code(),
        out,
        text,
        took: begun.elapsed(),
    })
}

/// Sends each line, with its newline, until there are no more. Whole lines, because the two streams meet in one text.
fn lines(from: impl Read + Send + 'static, is_out: bool, to: Sender<(bool, String)>) {
    thread::spawn(move || {
        let mut from = BufReader::new(from);
        loop {
            let mut line = Vec::new();
            // What was read until an error is worth showing; the exit status says the rest.
            let read = from.read_until(b'\n', &mut line);
            if line.is_empty()
                || to.send((is_out, String::from_utf8_lossy(&line).into_owned())).is_err()
                || read.is_err()
            {
                return;
            }
        }
    });
}

impl Ran {
    /// All that it said, with its exit code if that was not 0.
    pub fn said(&self) -> String {
        match self.code {
            Some(0) => self.text.clone(),
            Some(code) => format!("{}? {code}\n", self.text),
            None => format!("{}(ended by a signal)\n", self.text),
        }
    }

    /// The end of what it said, without what cargo and libtest say of things that went well.
    pub fn gist(&self) -> String {
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
        let lines = &lines[lines.len().saturating_sub(SHOWN)..];
        lines.join("\n").trim().to_owned()
    }
}
