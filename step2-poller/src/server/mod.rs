//! The process that fetches and performs jobs, until it is stopped.

mod fetch;
mod running;

use crate::{Config, Error, Registry, Stop, Worker};

pub use fetch::Fetch;
pub use running::RunningJobs;

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
        todo!(
            "task 2.3: perform one job from the Redis at {}, see docs/step2-loop.md",
            self.fetch.address()
        )
    }

    /// Fetches and performs jobs until it is asked to [`stop`](Server::stop), then finishes the
    /// running job. During an outage of Redis, tries again each second.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`] if the first connection cannot be opened: the
    /// reason is more often a wrong address or password than an outage, so the caller should know.
    pub fn run(&mut self) -> Result<(), Error> {
        todo!(
            "task 2.4: fetch and perform until {:?} is requested, see docs/step2-loop.md",
            self.stop
        )
    }
}
