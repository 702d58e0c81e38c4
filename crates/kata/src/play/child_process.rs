//! One program of the app while it runs, and what it says.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{io, thread};

use anstyle::Style;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::Group;
use crate::say;

/// How many of its last lines are remembered, to be shown if it crashes.
const LAST_LINES: usize = 12;
/// How long the rest of its output may take to arrive after its end.
const OUTPUT_TIMEOUT: Duration = Duration::from_millis(500);

/// A program that runs. What it says is printed line by line, its name in front.
#[derive(Debug)]
pub struct ChildProcess {
    /// What it is called in front of its lines.
    pub name: &'static str,
    child: Child,
    status: Option<ExitStatus>,
    lines: Arc<Mutex<VecDeque<String>>>,
    /// Hung up by the threads that read its output, when there is no more.
    output_ended: Receiver<()>,
    begun: Instant,
}

impl ChildProcess {
    /// Starts it as a member of `group`, with this as its standard input.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn start(
        group: &mut Group,
        name: &'static str,
        style: Style,
        command: &mut Command,
        input: Stdio,
    ) -> io::Result<ChildProcess> {
        let mut child = group.spawn(command.stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped()))?;
        let lines = Arc::default();
        let (sender, output_ended) = mpsc::channel();
        let prefix = say::paint(style, &format!("{name:>6} │"));
        if let Some(out) = child.stdout.take() {
            stream(out, prefix.clone(), Arc::clone(&lines), sender.clone());
        }
        if let Some(err) = child.stderr.take() {
            stream(err, prefix, Arc::clone(&lines), sender);
        }
        Ok(ChildProcess {
            name,
            child,
            status: None,
            lines,
            output_ended,
            begun: Instant::now(),
        })
    }

    /// How long ago it was started.
    pub fn age(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Kills it (`kill -9`), and tells the number it had; none if it has ended already.
    pub fn kill(&mut self) -> Option<u32> {
        if self.ended().is_some() {
            return None;
        }
        // It may end at this very moment; then it is dead as well.
        let _ = self.child.kill();
        self.reap();
        Some(self.child.id())
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        if self.status.is_none() {
            // It is our child and not waited for elsewhere, so an error cannot come; should one, it counts as running.
            self.status = self.child.try_wait().unwrap_or(None);
        }
        self.status
    }

    /// Asks it to end (TERM). One that has ended is left alone: its id may be another's by now.
    pub fn terminate(&mut self) {
        if self.ended().is_none() {
            // It may end at this very moment; then there is nothing to ask.
            let _ = kill(Pid::from_raw(self.child.id().cast_signed()), Signal::SIGTERM);
        }
    }

    /// Waits for its end, once it was killed.
    pub fn reap(&mut self) {
        if self.status.is_none() {
            // As in `ended`: an error cannot come, and there is nobody left to wait for if it did.
            self.status = self.child.wait().ok();
        }
    }

    /// Its last lines, after its end.
    pub fn last_lines(&self) -> Vec<String> {
        // Whether its readers are done or late, what has come is what there is.
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
