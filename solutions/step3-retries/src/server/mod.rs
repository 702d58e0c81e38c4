//! The process that fetches and performs jobs, until it is stopped.

mod fetch;
mod running;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tracing::{error, info, warn};

use crate::perform::{catch_panic, malformed_entry, retry};
use crate::wire::{Connections, clock};
use crate::{Config, Decision, Error, Failure, Job, Registry, SortedSets, Stop, Worker, scheduler};

pub use fetch::Fetch;
pub use running::RunningJobs;

/// How long to wait before the next attempt to reach a lost Redis.
const RECONNECT_DELAY: Duration = Duration::from_secs(1);

/// Fetches jobs and performs them, one after the other. A failed job is retried later, kept in the
/// dead set, or discarded.
pub struct Server {
    fetch: Fetch,
    registry: Registry,
    sets: SortedSets,
    poll: Duration,
    stop: Stop,
    running: RunningJobs,
    /// The decision about the last job, until it is in Redis. Before that, only this process has
    /// the job.
    pending: Option<Decision>,
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
            sets: SortedSets::new(Arc::new(Connections::new(&config.redis)?)),
            poll: config.poll,
            stop: Stop::default(),
            running: RunningJobs::default(),
            pending: None,
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
    /// [`Error::Unreachable`] and [`Error::Refused`] if no job could be fetched, or if a failed job
    /// could not be stored. The next call tries that again before it fetches another job.
    pub fn process_one(&mut self) -> Result<bool, Error> {
        let Some(payload) = self.fetch_next()? else {
            return Ok(false);
        };
        self.perform_job(payload);
        self.apply_pending()?;
        Ok(true)
    }

    /// Fetches and performs jobs until it is asked to [`stop`](Server::stop), then finishes the
    /// running job. Meanwhile, moves due jobs to their queues. During an outage of Redis, tries
    /// again each second.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`] if the first connection cannot be opened: the
    /// reason is more often a wrong address or password than an outage, so the caller should know.
    /// Also if, at the end, a failed job cannot be stored; its payload is in the log.
    /// [`Error::Thread`] if the scheduler's thread cannot be started.
    pub fn run(&mut self) -> Result<(), Error> {
        self.fetch.connect()?;
        let scheduler = scheduler::start(self.sets.clone(), self.poll, self.stop.clone())?;
        let mut lost = false;
        while !self.stop.is_requested() {
            match self.fetch_next() {
                Ok(payload) => {
                    if lost {
                        info!("Redis at {} is back", self.fetch.address());
                        lost = false;
                    }
                    if let Some(payload) = payload {
                        self.perform_job(payload);
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
        // If the scheduler panicked, the panic was printed, and the due jobs are still in their
        // sets.
        let _ = scheduler.join();
        self.apply_pending().inspect_err(|error| {
            let payload = self.pending.as_ref().and_then(Decision::payload).unwrap_or_default();
            error!(lost_job = %String::from_utf8_lossy(payload), "cannot store a failed job: {error}");
        })
    }

    /// Applies the decision about the last job, and then returns the next payload.
    fn fetch_next(&mut self) -> Result<Option<Vec<u8>>, Error> {
        self.apply_pending()?;
        self.fetch.retrieve()
    }

    /// Applies the decision about the last job.
    fn apply_pending(&mut self) -> Result<(), Error> {
        if let Some(decision) = &self.pending {
            self.sets.apply(decision, clock::now())?;
            self.pending = None;
        }
        Ok(())
    }

    /// Performs a fetched payload, logs how it ended, and decides what happens to a failed job.
    /// Whatever a payload contains, it must not end the loop.
    fn perform_job(&mut self, payload: Vec<u8>) {
        let mut job = match Job::parse(&payload) {
            Ok(job) => job,
            Err(error) => {
                warn!(payload = %String::from_utf8_lossy(&payload), "{error}; moved to the dead set");
                let entry = malformed_entry(&payload, "default", clock::now());
                return self.pending = Some(Decision::Dead(entry));
            }
        };
        let start = Instant::now();
        let outcome = catch_panic(
            || self.registry.perform(&job),
            |panic| Failure::Panicked(panic_message(panic)),
        );
        let elapsed = start.elapsed();
        match outcome {
            Ok(()) => info!(class = job.class(), jid = job.jid(), ?elapsed, "done"),
            Err(failure) => {
                // A failed job needs a jid, so that it can be found.
                job.ensure_jid();
                let (class, jid) = (job.class(), job.jid());
                let (option, now) = (self.registry.retry(&job), clock::now());
                let decision = retry::decide(job, &failure, option, now, rand::random());
                warn!(class, jid, ?elapsed, "failed: {failure}; {}", decision.describe(now));
                self.pending = Some(decision);
            }
        }
    }
}

/// Returns the message of a panic. `panic!` creates a `&str`, or a `String` if it has arguments.
fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "non-string panic payload".to_owned())
}
