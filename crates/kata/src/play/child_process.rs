//! A running program of the app, and its output.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{io, thread};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::Program;
use crate::system::Group;
use crate::term::say;

/// How many of its last lines are stored, to be shown if it crashes.
const LAST_LINES: usize = 12;
/// How long the rest of its output may take to arrive after it has ended.
const OUTPUT_TIMEOUT: Duration = Duration::from_millis(500);

/// A running program. Its output is printed line by line, with its name in front.
#[derive(Debug)]
pub struct ChildProcess {
    /// The name in front of its lines.
    pub name: &'static str,
    child: Child,
    status: Option<ExitStatus>,
    lines: Arc<Mutex<VecDeque<String>>>,
    /// Disconnected when the threads that read its output have reached the end.
    output_ended: Receiver<()>,
    begun: Instant,
}

impl ChildProcess {
    /// Starts a program as a member of `group`. `command` starts it, with its standard input.
    ///
    /// # Errors
    ///
    /// If the program cannot be started.
    pub fn start(group: &mut Group, program: &Program, command: &mut Command) -> io::Result<ChildProcess> {
        let mut child = group.spawn(command.stdout(Stdio::piped()).stderr(Stdio::piped()))?;
        let lines = Arc::default();
        let (sender, output_ended) = mpsc::channel();
        let prefix = say::paint(program.style, &format!("{:>6} │", program.name));
        if let Some(out) = child.stdout.take() {
            stream(out, prefix.clone(), Arc::clone(&lines), sender.clone());
        }
        if let Some(err) = child.stderr.take() {
            stream(err, prefix, Arc::clone(&lines), sender);
        }
        Ok(ChildProcess {
            name: program.name,
            child,
            status: None,
            lines,
            output_ended,
            begun: Instant::now(),
        })
    }

    /// Returns the time since it was started.
    pub fn age(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Kills it (`kill -9`), and returns its process id; `None` if it has ended already.
    pub fn kill(&mut self) -> Option<u32> {
        if self.ended().is_some() {
            return None;
        }
        // An error means that it has just ended.
        let _ = self.child.kill();
        self.reap();
        Some(self.child.id())
    }

    /// Returns its exit status, if it has ended.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        if self.status.is_none() {
            // An error is not possible, because it is our child and only this code waits for it. If
            // there were one, the program would count as running.
            self.status = self.child.try_wait().unwrap_or(None);
        }
        self.status
    }

    /// Sends SIGTERM. Does nothing if it has ended, because its id may belong to another process by
    /// now.
    pub fn terminate(&mut self) {
        if self.ended().is_none() {
            // An error means that it has just ended.
            let _ = kill(Pid::from_raw(self.child.id().cast_signed()), Signal::SIGTERM);
        }
    }

    /// Waits for its end, after it was killed.
    pub fn reap(&mut self) {
        if self.status.is_none() {
            // As in `ended`, an error is not possible. If there were one, there would be nothing to
            // wait for.
            self.status = self.child.wait().ok();
        }
    }

    /// Returns its last lines, after its end.
    pub fn last_lines(&self) -> Vec<String> {
        // If the rest does not arrive in time, the lines so far are returned.
        let _ = self.output_ended.recv_timeout(OUTPUT_TIMEOUT);
        self.lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .cloned()
            .collect()
    }
}

fn stream(from: impl Read + Send + 'static, prefix: String, lines: Arc<Mutex<VecDeque<String>>>, sender: Sender<()>) {
    thread::spawn(move || {
        for line in BufReader::new(from).split(b'\n') {
            let Ok(line) = line else { break };
            let line = String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned();
            say::line(&format!("{prefix} {line}"));
            let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
            if lines.len() == LAST_LINES {
                lines.pop_front();
            }
            lines.push_back(line);
        }
        drop(sender);
    });
}
