//! A run of the app: its programs and their Redis, supervised until the end and then stopped in
//! order.

use std::time::{Duration, Instant};

use super::{Program, Role, Supervisor};
use crate::CliError;
use crate::system::{Cancellation, RedisProcess};
use crate::term::say;

/// How often the programs are checked.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// The running programs and their Redis.
#[derive(Debug)]
pub struct Session {
    // The order matters, because the programs must be dropped before their Redis.
    supervisor: Supervisor,
    redis_process: RedisProcess,
    token: Cancellation,
}

impl Session {
    /// Creates a session without programs. From now on SIGINT, SIGTERM and SIGHUP end the session
    /// instead of this process.
    ///
    /// # Errors
    ///
    /// If signals cannot be caught, or there is no `sh`.
    pub fn open(redis_process: RedisProcess) -> Result<Session, CliError> {
        Ok(Session {
            supervisor: Supervisor::new()?,
            redis_process,
            token: Cancellation::at_each_signal()?,
        })
    }

    /// Returns the address of its Redis.
    pub fn redis_url(&self) -> &str {
        &self.redis_process.url
    }

    /// Starts a program; see [`Supervisor::start`].
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn start(&mut self, program: Program, role: Role) -> Result<(), CliError> {
        self.supervisor.start(program, role)
    }

    /// Waits until `ready` returns true.
    ///
    /// # Errors
    ///
    /// If this takes longer than `deadline`, or the session ends first. `late` is the message for
    /// the former.
    pub fn until(&mut self, deadline: Duration, late: &str, mut ready: impl FnMut() -> bool) -> Result<(), CliError> {
        let deadline = Instant::now() + deadline;
        loop {
            self.poll()?;
            if ready() {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(late.into());
            }
        }
    }

    /// Waits until the session ends, and returns the reason.
    pub fn run(&mut self) -> CliError {
        loop {
            if let Err(error) = self.poll() {
                return error;
            }
        }
    }

    /// Waits a moment for a signal, then checks the programs and Redis.
    fn poll(&mut self) -> Result<(), CliError> {
        if self.token.take_after(POLL_INTERVAL) {
            return Err(CliError::cancelled());
        }
        self.supervisor.supervise()?;
        match self.redis_process.ended() {
            Some(words) => Err(format!("Redis ended by itself. {words}").into()),
            None => Ok(()),
        }
    }

    /// Stops the programs in groups, each with its timeout. The next group is stopped when the one
    /// before has ended, and Redis comes last. Another Ctrl-C kills all programs at once.
    pub fn close(mut self, groups: &[(&[&str], Duration)]) {
        for (names, timeout) in groups {
            self.supervisor.terminate(names);
            let deadline = Instant::now() + *timeout;
            while !self.supervisor.have_exited(names) {
                let again = self.token.take_after(POLL_INTERVAL);
                if again || Instant::now() > deadline {
                    let why = if again {
                        "Second request to stop".to_owned()
                    } else {
                        format!("After {} s", timeout.as_secs())
                    };
                    let names = names.join(", ");
                    say::line(&format!(
                        "{why}: killed the programs that were still running ({names})."
                    ));
                    self.supervisor.kill();
                    return;
                }
            }
        }
    }
}
