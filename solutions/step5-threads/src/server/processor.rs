//! One processor: fetches a batch of jobs, performs them, and acknowledges them when it fetches the next.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tracing::{info, warn};

use super::{Call, IdleProcessors, OutageLog};
use crate::in_flight::{BUDGET, CurrentBatch, Outcome, UnitOfWork, next_size};
use crate::perform::retry;
use crate::wire::clock;
use crate::{Config, Error, Failure, Job, Registry, Stop, Verdict};

/// How often to fetch while a job waits for a suspect to end: a waiter would bring it at once, again and again.
const SUSPECT_INTERVAL: Duration = Duration::from_millis(20);

/// How often [`Processor::run_one`] fetches: it has no waiter.
const FETCH_INTERVAL: Duration = Duration::from_millis(5);

/// One of the processors of a server; each has a thread of its own.
pub struct Processor {
    index: usize,
    batch: CurrentBatch,
    registry: Registry,
    idle: Arc<IdleProcessors>,
    outages: Arc<OutageLog>,
    stop: Stop,
    reconnect: Duration,
    max_batch: usize,
    /// How many jobs to fetch next.
    size: usize,
    /// Whether a job has to wait until another suspect has ended.
    is_held_up: bool,
    /// Whether Redis could not pop from a queue. Then it is asked again, so that the log can say when that is over.
    is_refused: bool,
}

impl Processor {
    /// Creates the processor of this number, from 0, which works on this batch.
    pub fn new(
        config: &Config,
        index: usize,
        batch: CurrentBatch,
        registry: Registry,
        idle: Arc<IdleProcessors>,
        outages: Arc<OutageLog>,
        stop: Stop,
    ) -> Processor {
        Processor {
            index,
            batch,
            registry,
            idle,
            outages,
            stop,
            reconnect: config.reconnect,
            max_batch: config.batch,
            size: 1,
            is_held_up: false,
            is_refused: false,
        }
    }

    /// Performs jobs until the server is to be quiet, and requeues those that it has not started by then.
    pub fn run(&mut self) {
        loop {
            while let Some(fetched @ 1..) = self.retry_until_stopped(|processor| processor.fetch(processor.size)) {
                self.perform(fetched);
            }
            if self.stop.is_quiet() {
                return;
            }
            if self.is_held_up {
                self.stop.wait(SUSPECT_INTERVAL);
                continue;
            }
            let timeout = if self.is_refused { self.reconnect } else { Duration::MAX };
            match self.idle.wait(self.index, timeout) {
                Some(Call::Perform(job)) => {
                    self.batch.start_with(job);
                    self.perform(1);
                }
                Some(Call::Fetch) => {}
                None => return,
            }
        }
    }

    /// Performs one job. Returns whether one came within `block`.
    ///
    /// # Errors
    /// As [`CurrentBatch::acknowledge_and_fetch`].
    pub fn run_one(&mut self, block: Duration) -> Result<bool, Error> {
        let end = Instant::now() + block;
        loop {
            let fetched = self.fetch(1)?;
            if fetched > 0 {
                self.perform(fetched);
                self.fetch(0)?;
                return Ok(true);
            }
            if Instant::now() >= end {
                return Ok(false);
            }
            self.stop.wait(FETCH_INTERVAL);
        }
    }

    /// Acknowledges the last batch, and fetches up to `want` jobs; none, if the server is to be quiet. Returns how many.
    fn fetch(&mut self, want: usize) -> Result<usize, Error> {
        let want = if self.stop.is_quiet() { 0 } else { want };
        let asked = Instant::now();
        let fetched = self.batch.acknowledge_and_fetch(want)?;
        self.is_held_up = fetched.suspects > 0;
        self.is_refused = fetched.refused.is_some();
        let asked_all = fetched.jobs.len() < want;
        self.outages
            .record_success(asked, fetched.refused.as_deref(), asked_all);
        Ok(fetched.jobs.len())
    }

    /// Asks until Redis answers. Returns `None` if the server is stopped before: other processes will recover what this one holds
    /// then.
    fn retry_until_stopped<T>(&mut self, ask: impl Fn(&mut Processor) -> Result<T, Error>) -> Option<T> {
        loop {
            let asked = Instant::now();
            match ask(self) {
                Ok(answer) => return Some(answer),
                Err(error) => self.outages.record_error(asked, &error),
            }
            if self.stop.wait(self.reconnect) {
                return None;
            }
        }
    }

    /// Performs a batch of so many jobs, and learns from it how large the next may be.
    fn perform(&mut self, fetched: usize) {
        let start = Instant::now();
        let (mut now, mut longest, mut started) = (start, Duration::ZERO, 0);
        while let Some(job) = self.batch.start_next(now, now - start > BUDGET || self.stop.is_quiet()) {
            started += 1;
            match self.perform_job(&job) {
                Some(verdict) => self.batch.finish(job, Outcome::Failed(verdict)),
                None if job.by_waiter => self.batch.finish(job, Outcome::Succeeded),
                None => {}
            }
            let end = Instant::now();
            longest = longest.max(end - now);
            now = end;
        }
        self.size = next_size(fetched, started, now - start, longest, self.max_batch);
    }

    /// Performs a job, and logs how it ended. Returns what to do with it if it failed.
    fn perform_job(&self, work: &UnitOfWork) -> Option<Verdict> {
        let mut job = match Job::parse(&work.payload) {
            Ok(job) => job,
            Err(error) => {
                warn!(payload = %String::from_utf8_lossy(&work.payload), "{error}; kept in the dead set");
                return Some(Verdict::Dead(work.payload.clone()));
            }
        };
        let start = Instant::now();
        // Unwind safe: the job and the registry are only read. What a worker left half done within itself when it panicked is
        // its own affair.
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            // The error is the worker's, too: it may panic when it is shown.
            self.registry
                .perform(&job)
                .inspect_err(|failure| drop(failure.to_string()))
        }))
        .unwrap_or_else(|panic| Err(Failure::panicked(&*panic)));
        let elapsed = start.elapsed();
        let names = |job: &Job| (job.class(), job.jid().unwrap_or_default());
        let Err(failure) = outcome else {
            if tracing::enabled!(tracing::Level::INFO) {
                let (class, jid) = names(&job);
                info!(class, jid, ?elapsed, "done");
            }
            return None;
        };
        // From now on it needs a jid, so that it can be found, and goes back to where it came from, whatever it says.
        job.identify();
        if job.queue() != *work.queue {
            job.record("queue", &*work.queue);
        }
        let (class, jid) = names(&job);
        let (option, now) = (self.registry.retry(&job), clock::now());
        let verdict = retry::judge(job, &failure, option, now, rand::random());
        warn!(class, jid, ?elapsed, "failed: {failure}; {}", verdict.told(now));
        Some(verdict)
    }
}
