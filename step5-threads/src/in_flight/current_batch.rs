//! The batch that a processor is working on.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{Fetched, InFlight, Outcome, UnitOfWork};
use crate::Error;

/// How long to wait before a failed sweep is tried again.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// The batch that a processor is working on, shared with the sweeper and the heartbeat. Clones
/// refer to the same batch.
///
/// A thread that calls Redis keeps the lock until the reply arrives, so that one thread cannot
/// start a job while another requeues it.
#[derive(Clone)]
pub struct CurrentBatch(Arc<Mutex<State>>);

struct State {
    in_flight: InFlight,
    /// The running job, and when it was started.
    running: Option<(Arc<UnitOfWork>, Instant)>,
    /// The fetched jobs that have not been started.
    unstarted: VecDeque<Arc<UnitOfWork>>,
    /// The outcomes that Redis does not have yet. A job that simply succeeded does not need one.
    outcomes: Vec<(Arc<UnitOfWork>, Outcome)>,
    /// The outcomes of a sweep whose reply was lost. Redis may have applied them or not, so exactly
    /// this call is repeated before any other call.
    unanswered: Vec<(Arc<UnitOfWork>, Outcome)>,
    /// The earliest time of the next sweep; `None` if a sweep would have nothing to free.
    next_sweep: Option<Instant>,
    /// True after a shutdown has requeued all jobs of the process.
    is_closed: bool,
}

impl CurrentBatch {
    /// Creates an empty batch for the processor with these in-flight lists.
    pub fn new(in_flight: InFlight) -> CurrentBatch {
        CurrentBatch(Arc::new(Mutex::new(State {
            in_flight,
            running: None,
            unstarted: VecDeque::new(),
            outcomes: Vec::new(),
            unanswered: Vec::new(),
            next_sweep: None,
            is_closed: false,
        })))
    }

    /// Acknowledges the batch, and fetches the next one with up to `want` jobs. After
    /// [`close`](CurrentBatch::close), does nothing and returns an empty batch.
    ///
    /// # Errors
    /// The errors of [`InFlight::acknowledge_and_fetch`]; then the batch stays as it was.
    pub fn acknowledge_and_fetch(&self, want: usize) -> Result<Fetched, Error> {
        let mut state = self.lock();
        let fetched = state.acknowledge_and_fetch(want)?;
        state.start(fetched.jobs.clone());
        Ok(fetched)
    }

    /// Starts a batch with the one job that a waiter has fetched.
    pub fn start_with(&self, job: Arc<UnitOfWork>) {
        self.lock().start(vec![job]);
    }

    /// Starts the next job of the batch at the time `now`. If `requeue_rest` is true, all unstarted
    /// jobs are requeued with the next call instead. Returns `None` if no job is left.
    pub fn start_next(&self, now: Instant, requeue_rest: bool) -> Option<Arc<UnitOfWork>> {
        let mut state = self.lock();
        if requeue_rest {
            state.requeue_unstarted();
        }
        let next = state.unstarted.pop_front();
        state.running = next.clone().map(|job| (job, now));
        next
    }

    /// Records the outcome of a job. A job that succeeded does not need one, unless a waiter has
    /// fetched it.
    pub fn finish(&self, job: Arc<UnitOfWork>, outcome: Outcome) {
        self.lock().outcomes.push((job, outcome));
    }

    /// Stops the calls to Redis: a shutdown has requeued the jobs, so other processes may have
    /// them.
    pub fn close(&self) {
        self.lock().is_closed = true;
    }

    /// Returns the running job, and when it was started. Returns `None` while the processor waits
    /// for Redis.
    pub fn running(&self) -> Option<(Arc<UnitOfWork>, Instant)> {
        // If the lock is taken, the thread that has it is waiting for Redis.
        self.0.try_lock().ok()?.running.clone()
    }

    /// Frees the batch from a slow job: if the running job has been running for longer than `slow`,
    /// acknowledges the jobs that ended before it, and requeues those that have not been started.
    /// Returns `None` if there is nothing to free, or if the processor is waiting for Redis.
    ///
    /// # Errors
    /// The errors of [`InFlight::acknowledge_and_fetch`]. Then the processor keeps the whole batch,
    /// and the sweep is repeated after a second.
    pub fn sweep(&self, slow: Duration) -> Option<Result<(), Error>> {
        self.0.try_lock().ok()?.sweep(slow)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn acknowledge_and_fetch(&mut self, want: usize) -> Result<Fetched, Error> {
        if self.is_closed {
            return Ok(Fetched::default());
        }
        self.repeat_unanswered()?;
        let fetched = if self.in_flight.is_popping() {
            self.in_flight.pop(&self.outcomes, want)?
        } else {
            self.in_flight.acknowledge_and_fetch(&self.outcomes, want)?
        };
        self.outcomes.clear();
        Ok(fetched)
    }

    fn repeat_unanswered(&mut self) -> Result<(), Error> {
        if !self.unanswered.is_empty() {
            self.in_flight.acknowledge_and_fetch(&self.unanswered, 0)?;
            self.unanswered.clear();
        }
        Ok(())
    }

    fn start(&mut self, jobs: Vec<Arc<UnitOfWork>>) {
        self.next_sweep = (jobs.len() > 1).then(Instant::now);
        self.unstarted = jobs.into();
    }

    fn requeue_unstarted(&mut self) {
        // In reverse order, so that they are fetched again in the original order.
        let unstarted = self.unstarted.drain(..).rev();
        self.outcomes.extend(unstarted.map(|job| (job, Outcome::Requeued)));
    }

    fn sweep(&mut self, slow: Duration) -> Option<Result<(), Error>> {
        let running = self.running.as_ref().filter(|(_, since)| since.elapsed() > slow);
        let is_due = self.next_sweep.is_some_and(|from| from <= Instant::now());
        let (job, _) = running.filter(|_| is_due).cloned()?;
        self.next_sweep = None;
        if self.unanswered.is_empty() {
            let unstarted = self.unstarted.clone();
            self.requeue_unstarted();
            self.outcomes.push((job, Outcome::StillRunning));
            std::mem::swap(&mut self.outcomes, &mut self.unanswered);
            self.unstarted = unstarted;
        }
        let result = self.repeat_unanswered();
        match result {
            Ok(()) => self.unstarted.clear(),
            // Without a reply, the processor keeps the jobs: it is better to run a job twice than
            // never.
            Err(_) => self.next_sweep = Some(Instant::now() + RETRY_DELAY),
        }
        Some(result)
    }
}
