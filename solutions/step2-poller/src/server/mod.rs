//! The process that fetches and performs jobs, until it is stopped.

mod fetch;
mod running;

use std::time::{Duration, Instant};

use tracing::{error, info, warn};

use crate::{Config, Error, Job, Registry, Stop, Worker};

pub use fetch::Fetch;
pub use running::RunningJobs;

/// How long to wait before the next attempt to reach a lost Redis.
const RECONNECT_DELAY: Duration = Duration::from_secs(1);

/// Fetches jobs and performs them, one after the other.
pub struct Server {
    fetch: Fetch,
    registry: Registry,
    stop: Stop,
    running: RunningJobs,
}

impl Server {
    /// Creates a server with no workers registered.
    ///
    /// # Errors
    /// [`Error::InvalidUrl`] if `config.redis` is not a Redis URL, and [`Error::InvalidConfig`] if
    /// another setting is outside its valid range.
    pub fn new(config: Config) -> Result<Server, Error> {
        config.validate()?;
        Ok(Server {
            fetch: Fetch::new(&config)?,
            registry: Registry::default(),
            stop: Stop::default(),
            running: RunningJobs::default(),
        })
    }

    /// Registers a worker, so that the server performs the jobs of its class.
    pub fn register(mut self, worker: impl Worker) -> Server {
        self.registry.register(self.running.observe(worker));
        self
    }

    /// Returns the handle with which another thread logs what the server is doing.
    pub fn running(&self) -> RunningJobs {
        self.running.clone()
    }

    /// Returns the handle with which another thread asks [`run`](Server::run) to stop.
    pub fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// Fetches one job and performs it. Returns true if one arrived within [`Config::block`],
    /// whether it succeeded or failed.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`] if no job could be fetched.
    pub fn process_one(&mut self) -> Result<bool, Error> {
        let Some(payload) = self.fetch.retrieve()? else {
            return Ok(false);
        };
        self.perform_job(&payload);
        Ok(true)
    }

    /// Fetches and performs jobs until it is asked to [`stop`](Server::stop), then finishes the
    /// running job. During an outage of Redis, tries again each second.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`] if the first connection cannot be opened: the
    /// reason is more often a wrong address or password than an outage, so the caller should know.
    pub fn run(&mut self) -> Result<(), Error> {
        self.fetch.connect()?;
        let mut lost = false;
        while !self.stop.is_requested() {
            match self.fetch.retrieve() {
                Ok(payload) => {
                    if lost {
                        info!("Redis at {} is back", self.fetch.address());
                        lost = false;
                    }
                    if let Some(payload) = payload {
                        self.perform_job(&payload);
                    }
                }
                Err(error) => {
                    if !lost {
                        error!("{error}; retrying every second");
                        lost = true;
                    }
                    self.stop.wait(RECONNECT_DELAY);
                }
            }
        }
        Ok(())
    }

    /// Performs a fetched payload and logs how it ended. Whatever a payload contains, it must not
    /// end the loop.
    fn perform_job(&self, payload: &[u8]) {
        let job = match Job::parse(payload) {
            Ok(job) => job,
            Err(error) => return warn!(payload = %String::from_utf8_lossy(payload), "discarded: {error}"),
        };
        let (class, jid) = (job.class(), job.jid());
        let start = Instant::now();
        let outcome = self.registry.perform(&job);
        let elapsed = start.elapsed();
        match outcome {
            Ok(()) => info!(class, jid, ?elapsed, "done"),
            Err(failure) => warn!(class, jid, ?elapsed, "failed: {failure}"),
        }
    }
}
