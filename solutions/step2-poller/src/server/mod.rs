//! The process that runs for ever and performs what others enqueue.

mod fetch;

use std::time::{Duration, Instant};

use tracing::{error, info, warn};

use crate::{Config, Error, Job, Registry, Stop, Worker};

pub use fetch::Fetch;

/// How long to wait before trying a lost Redis again.
const RECONNECT: Duration = Duration::from_secs(1);

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
        let Some(payload) = self.fetch.retrieve()? else {
            return Ok(false);
        };
        self.work(&payload);
        Ok(true)
    }

    /// Fetches and performs jobs until it is asked to [`stop`](Server::stop), then finishes the job at hand. A Redis
    /// that is lost on the way is tried again each second, until it is back.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`], if no connection can be opened to begin with: that is a wrong address or
    /// password more often than an outage, and somebody should be told.
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
                        self.work(&payload);
                    }
                }
                Err(error) => {
                    if !lost {
                        error!("{error}; trying again each second");
                        lost = true;
                    }
                    self.stop.wait(RECONNECT);
                }
            }
        }
        Ok(())
    }

    /// Performs what was fetched and reports how it ended. Nothing that stands in a payload may end the loop.
    fn work(&self, payload: &[u8]) {
        let job = match Job::parse(payload) {
            Ok(job) => job,
            Err(error) => return warn!(payload = %String::from_utf8_lossy(payload), "dropped, {error}"),
        };
        let (class, jid) = (job.class(), job.jid().unwrap_or_default());
        let start = Instant::now();
        let outcome = self.registry.perform(&job);
        let elapsed = start.elapsed();
        match outcome {
            Ok(()) => info!(class, jid, ?elapsed, "done"),
            Err(failure) => warn!(class, jid, ?elapsed, "failed: {failure}"),
        }
    }
}
