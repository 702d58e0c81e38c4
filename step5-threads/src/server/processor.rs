//! A processor: fetches a batch of jobs, performs them, and acknowledges them with the next fetch.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tracing::{info, warn};

use super::{IdleProcessors, OutageLog, Wakeup};
use crate::in_flight::{CurrentBatch, Outcome, UnitOfWork};
use crate::perform::{catch_panic, malformed_entry, retry};
use crate::wire::clock;
use crate::{Config, Decision, Error, Failure, Job, Registry, Stop};

/// The fetch interval while a suspect waits until another one has ended. A waiter would fetch the
/// suspect again at once, without a pause.
const SUSPECT_INTERVAL: Duration = Duration::from_millis(20);

/// The fetch interval of [`Processor::run_one`], which does not use a waiter.
const FETCH_INTERVAL: Duration = Duration::from_millis(5);

/// A processor of a server. Each has its own thread.
pub struct Processor {
    index: usize,
    batch: CurrentBatch,
    registry: Registry,
    idle: Arc<IdleProcessors>,
    outages: Arc<OutageLog>,
    stop: Stop,
    reconnect: Duration,
    max_batch: usize,
    /// The number of jobs to fetch next.
    size: usize,
    /// True if a suspect must wait until another suspect has ended.
    has_waiting_suspects: bool,
    /// True if Redis could not pop from a queue. Then the processor fetches again after a pause, so
    /// that the end of the problem is logged.
    has_refused_queue: bool,
}

impl Processor {
    /// Creates the processor with this index, which works on `batch`.
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
            has_waiting_suspects: false,
            has_refused_queue: false,
        }
    }

    /// Performs jobs until the server is quiet, then requeues the jobs that it has not started.
    pub fn run(&mut self) {
        loop {
            while let Some(fetched @ 1..) = self.retry_until_stopped(|processor| processor.fetch(processor.size)) {
                self.perform(fetched);
            }
            if self.stop.is_quiet() {
                return;
            }
            if self.max_batch == 0 {
                // As in step 4: the fetch has already waited for a job.
                continue;
            }
            if self.has_waiting_suspects {
                self.stop.wait(SUSPECT_INTERVAL);
                continue;
            }
            let timeout = if self.has_refused_queue {
                self.reconnect
            } else {
                Duration::MAX
            };
            match self.idle.wait(self.index, timeout) {
                Some(Wakeup::Perform(job)) => {
                    self.batch.start_with(job);
                    self.perform(1);
                }
                Some(Wakeup::Fetch) => {}
                None => return,
            }
        }
    }

    /// Performs one job. Returns true if one arrived within `block`.
    ///
    /// # Errors
    /// The errors of [`CurrentBatch::acknowledge_and_fetch`].
    pub fn run_one(&mut self, block: Duration) -> Result<bool, Error> {
        let end = Instant::now() + block;
        loop {
            let fetched = self.fetch(1)?;
            if fetched > 0 {
                self.perform(fetched);
                self.fetch(0)?;
                return Ok(true);
            }
            if Instant::now() >= end || self.stop.is_quiet() {
                return Ok(false);
            }
            self.stop.wait(FETCH_INTERVAL);
        }
    }

    /// Acknowledges the last batch, and fetches up to `want` jobs, or none if the server is quiet.
    /// Returns the number of fetched jobs.
    fn fetch(&mut self, want: usize) -> Result<usize, Error> {
        let want = if self.stop.is_quiet() { 0 } else { want };
        let sent_at = Instant::now();
        let fetched = self.batch.acknowledge_and_fetch(want)?;
        self.has_waiting_suspects = fetched.suspects > 0;
        self.has_refused_queue = fetched.refused.is_some();
        let tried_all_queues = fetched.jobs.len() < want;
        self.outages
            .record_success(self.index, sent_at, fetched.refused.as_deref(), tried_all_queues);
        Ok(fetched.jobs.len())
    }

    /// Repeats `request` until it succeeds. Returns `None` if the server is stopped before that;
    /// then the shutdown or another process requeues the jobs of this processor.
    fn retry_until_stopped<T>(&mut self, request: impl Fn(&mut Processor) -> Result<T, Error>) -> Option<T> {
        loop {
            let sent_at = Instant::now();
            match request(self) {
                Ok(reply) => return Some(reply),
                Err(error) => self.outages.record_error(self.index, sent_at, &error),
            }
            if self.stop.wait(self.reconnect) {
                return None;
            }
        }
    }

    /// Performs a batch of `fetched` jobs.
    fn perform(&mut self, fetched: usize) {
        while let Some(job) = self.batch.start_next(Instant::now(), self.stop.is_quiet()) {
            match self.perform_job(&job) {
                Some(decision) => self.batch.finish(job, Outcome::Failed(decision)),
                None if job.by_waiter => self.batch.finish(job, Outcome::Succeeded),
                None => {}
            }
            if self.max_batch > 1 {
                todo!("task 5.7: end a batch of {fetched} jobs in time, see docs/step5-speed.md")
            }
        }
    }

    /// Performs a job and logs how it ended. Returns the decision about a failed job.
    fn perform_job(&self, work: &UnitOfWork) -> Option<Decision> {
        let mut job = match Job::parse(&work.payload) {
            Ok(job) => job,
            Err(error) => {
                warn!(payload = %String::from_utf8_lossy(&work.payload), "{error}; moved to the dead set");
                let entry = malformed_entry(&work.payload, &work.queue, clock::now());
                return Some(Decision::Dead(entry));
            }
        };
        let start = Instant::now();
        let outcome = catch_panic(|| self.registry.perform(&job), Failure::from_panic);
        let elapsed = start.elapsed();
        let Err(failure) = outcome else {
            info!(class = job.class(), jid = job.jid(), ?elapsed, "done");
            return None;
        };
        // A failed job needs a jid, so that it can be found. It must also return to the queue from
        // which it came, whatever its `queue` is.
        job.ensure_jid();
        if job.queue() != *work.queue {
            job.set_value("queue", &*work.queue);
        }
        let (class, jid) = (job.class(), job.jid());
        let (option, now) = (self.registry.retry(&job), clock::now());
        let decision = retry::decide(job, &failure, option, now, rand::random());
        warn!(class, jid, ?elapsed, "failed: {failure}; {}", decision.describe(now));
        Some(decision)
    }
}
