//! A run of the app: its programs and their Redis, supervised until the end and then stopped in
//! order.

use std::path::Path;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anstyle::Style;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::Supervisor;
use crate::CliError;
use crate::system::redis_process::RedisProcess;
use crate::term::say;

/// How often the programs are checked.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Why the session has ended, or has not begun.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    /// Ctrl-C or a similar signal.
    Interrupted,
    /// An error, as the text to print.
    Failed(String),
}

impl From<CliError> for End {
    fn from(error: CliError) -> End {
        End::Failed(error.text)
    }
}

/// The running programs and their Redis.
#[derive(Debug)]
pub struct Session {
    // The order matters, because the programs must be dropped before their Redis.
    supervisor: Supervisor,
    redis_process: RedisProcess,
    signals: Receiver<()>,
}

impl Session {
    /// Creates a session without programs. From now on SIGINT, SIGTERM and SIGHUP end the session
    /// instead of this process.
    ///
    /// # Errors
    ///
    /// If signals cannot be caught, or there is no `sh`.
    pub fn open(redis_process: RedisProcess) -> Result<Session, CliError> {
        let mut caught =
            Signals::new([SIGINT, SIGTERM, SIGHUP]).map_err(|error| format!("Ctrl-C cannot be caught: {error}."))?;
        let supervisor = Supervisor::new()
            .map_err(|error| format!("`sh`, which guards the programs, cannot be started: {error}."))?;
        let (sender, signals) = mpsc::channel();
        thread::spawn(move || caught.forever().try_for_each(|_| sender.send(())));
        Ok(Session {
            supervisor,
            redis_process,
            signals,
        })
    }

    /// Starts a program; see [`Supervisor::start`].
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn start(&mut self, name: &'static str, style: Style, program: &Path, args: &[&str]) -> Result<(), End> {
        self.supervisor.start(name, style, program, args)
    }

    /// Starts the page; see [`Supervisor::start_page`].
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn start_page(&mut self, name: &'static str, style: Style, program: &Path, args: &[&str]) -> Result<(), End> {
        self.supervisor.start_page(name, style, program, args)
    }

    /// Starts the worker; see [`Supervisor::start_worker`].
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn start_worker(&mut self, name: &'static str, style: Style, program: &Path, args: &[&str]) -> Result<(), End> {
        self.supervisor.start_worker(name, style, program, args)
    }

    /// Waits until `ready` returns true.
    ///
    /// # Errors
    ///
    /// If this takes longer than `deadline`, or the session ends first. `late` is the message for
    /// the former.
    pub fn until(&mut self, deadline: Duration, late: &str, mut ready: impl FnMut() -> bool) -> Result<(), End> {
        let deadline = Instant::now() + deadline;
        loop {
            self.poll()?;
            if ready() {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(End::Failed(late.to_owned()));
            }
        }
    }

    /// Waits until the session ends.
    pub fn run(&mut self) -> End {
        loop {
            if let Err(end) = self.poll() {
                return end;
            }
        }
    }

    /// Waits a moment for a signal, then checks the programs and Redis.
    fn poll(&mut self) -> Result<(), End> {
        if self.is_interrupted() {
            return Err(End::Interrupted);
        }
        self.supervisor.supervise()?;
        match self.redis_process.ended() {
            Some(words) => Err(End::Failed(format!("Redis ended by itself. {words}"))),
            None => Ok(()),
        }
    }

    /// Waits a moment for a signal. Returns true if there was one.
    fn is_interrupted(&self) -> bool {
        !matches!(self.signals.recv_timeout(POLL_INTERVAL), Err(RecvTimeoutError::Timeout))
    }

    /// Stops the programs in groups, each with its timeout. The next group is stopped when the one
    /// before has ended, and Redis comes last. Another Ctrl-C kills all programs at once.
    pub fn close(mut self, groups: &[(&[&str], Duration)]) {
        for (names, timeout) in groups {
            self.supervisor.terminate(names);
            let deadline = Instant::now() + *timeout;
            while !self.supervisor.have_exited(names) {
                let again = self.is_interrupted();
                if again || Instant::now() > deadline {
                    let why = if again {
                        "Second request to stop".to_owned()
                    } else {
                        format!("After {} s", timeout.as_secs())
                    };
                    say::line(&format!(
                        "{why}: killed the programs that were still running ({}).",
                        names.join(", ")
                    ));
                    self.supervisor.kill();
                    return;
                }
            }
        }
    }
}
