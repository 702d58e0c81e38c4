//! The process that runs for ever and performs what others enqueue.

mod fetch;

use crate::{Config, Error, Registry, Stop, Worker};

pub use fetch::Fetch;

/// Fetches jobs and performs them, one after the other.
pub struct Server {
    fetch: Fetch,
    registry: Registry,
    stop: Stop,
}

impl Server {
    /// A server that knows no worker yet.
    ///
    /// # Errors
    /// [`Error::BadUrl`] if `config.redis` is no URL of a Redis.
    pub fn new(config: Config) -> Result<Server, Error> {
        Ok(Server {
            fetch: Fetch::new(&config)?,
            registry: Registry::default(),
            stop: Stop::default(),
        })
    }

    /// Performs jobs of this worker's class, too.
    pub fn register(mut self, worker: impl Worker) -> Server {
        self.registry.register(worker);
        self
    }

    /// The handle by which another thread asks [`run`](Server::run) to stop.
    pub fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// Fetches one job and performs it: `true` if one came within [`Config::block`], however it ended.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`], if no job could be fetched.
    pub fn process_one(&mut self) -> Result<bool, Error> {
        todo!(
            "task 2.3: perform one job from the Redis at {}, see docs/step2-loop.md",
            self.fetch.address()
        )
    }

    /// Fetches and performs jobs until it is asked to [`stop`](Server::stop), then finishes the job at hand. A Redis
    /// that is lost on the way is tried again each second, until it is back.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`], if no connection can be opened to begin with: that is a wrong address or
    /// password more often than an outage, and somebody should be told.
    pub fn run(&mut self) -> Result<(), Error> {
        todo!(
            "task 2.4: fetch and perform until {:?} is requested, see docs/step2-loop.md",
            self.stop
        )
    }
}
