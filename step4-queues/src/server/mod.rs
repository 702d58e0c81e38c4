//! The process that runs for ever and performs what others enqueue.

mod fetch;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tracing::{error, info, warn};

use crate::perform::retry;
use crate::wire::{Connections, clock};
use crate::{Config, Error, Failure, Job, Registry, SortedSets, Stop, Verdict, Worker, scheduler};

pub use fetch::{Fetch, Fetched};

/// How long to wait before trying a lost Redis again.
const RECONNECT: Duration = Duration::from_secs(1);

/// Fetches jobs and performs them, one after the other. A job that fails is tried again later, or given up.
pub struct Server {
    fetch: Fetch,
    registry: Registry,
    sets: SortedSets,
    poll: Duration,
    stop: Stop,
    /// What was decided of the last job, and is not yet in Redis: until then it is nowhere else.
    unsettled: Option<Verdict>,
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
            sets: SortedSets::new(Arc::new(Connections::new(&config.redis)?)),
            poll: config.poll,
            stop: Stop::default(),
            unsettled: None,
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
    /// [`Error::Unreachable`] and [`Error::Refused`], if no job could be fetched, or one has failed and Redis did not
    /// take it back. The next call tries that again before it fetches another.
    pub fn process_one(&mut self) -> Result<bool, Error> {
        let Some(fetched) = self.next()? else {
            return Ok(false);
        };
        self.work(fetched);
        self.settle()?;
        Ok(true)
    }

    /// Fetches and performs jobs until it is asked to [`stop`](Server::stop), then finishes the job at hand; and moves due
    /// jobs to their queues meanwhile. A Redis that is lost on the way is tried again each second, until it is back.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`], if no connection can be opened to begin with: that is a wrong address or
    /// password more often than an outage, and somebody should be told. Also if there is none at the end, and a failed job
    /// could not be kept; it is in the log. [`Error::Thread`], if there is no thread for the scheduler.
    pub fn run(&mut self) -> Result<(), Error> {
        self.fetch.connect()?;
        let scheduler = scheduler::start(self.sets.clone(), self.poll, self.stop.clone())?;
        let mut lost = false;
        while !self.stop.is_requested() {
            match self.next() {
                Ok(fetched) => {
                    if lost {
                        info!("Redis at {} is back", self.fetch.address());
                        lost = false;
                    }
                    if let Some(fetched) = fetched {
                        self.work(fetched);
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
        // A scheduler that panicked has said so; the jobs that it did not move are where they were.
        let _ = scheduler.join();
        self.settle().inspect_err(|error| {
            let payload = self.unsettled.as_ref().and_then(Verdict::payload).unwrap_or_default();
            error!(payload = %String::from_utf8_lossy(payload), "a failed job could not be kept, {error}");
        })
    }

    /// The next job, once what was decided of the last job is in Redis.
    fn next(&mut self) -> Result<Option<Fetched>, Error> {
        self.settle()?;
        self.fetch.retrieve()
    }

    /// Does what was decided of the last job.
    fn settle(&mut self) -> Result<(), Error> {
        if let Some(verdict) = &self.unsettled {
            self.sets.settle(verdict, clock::now())?;
            self.unsettled = None;
        }
        Ok(())
    }

    /// Performs what was fetched, reports how it ended, and decides what becomes of it. Nothing that stands in a payload
    /// may end the loop.
    fn work(&mut self, Fetched { queue, payload }: Fetched) {
        let mut job = match Job::parse(&payload) {
            Ok(job) => job,
            Err(error) => {
                warn!(payload = %String::from_utf8_lossy(&payload), "{error}; kept in the dead set");
                return self.unsettled = Some(Verdict::Dead(payload));
            }
        };
        let (class, jid) = (job.class(), job.jid().unwrap_or_default());
        let start = Instant::now();
        // Unwind safe: the job and the registry are only read. What a worker left half done within itself when it
        // panicked is its own affair.
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            // The error is the worker's, too: it may panic when it is shown.
            self.registry
                .perform(&job)
                .inspect_err(|failure| drop(failure.to_string()))
        }))
        .unwrap_or_else(|panic| Err(Failure::Panicked(message(&*panic))));
        let elapsed = start.elapsed();
        match outcome {
            Ok(()) => info!(class, jid, ?elapsed, "done"),
            Err(failure) => {
                // From now on it must be known by something, and return to where it came from, whatever it says.
                job.identify();
                if job.queue() != queue {
                    job.record("queue", queue);
                }
                let (option, now) = (self.registry.retry(&job), clock::now());
                let verdict = retry::judge(job, &failure, option, now, rand::random());
                warn!(class, jid, ?elapsed, "failed: {failure}; {}", verdict.told(now));
                self.unsettled = Some(verdict);
            }
        }
    }
}

/// What a panic said: `panic!` leaves a `&str`, or a `String` if it had arguments.
fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "something that is no text".to_owned())
}
