//! The batch that a processor works on.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{Fetched, InFlight, Outcome, UnitOfWork};
use crate::Error;

/// How long to wait before a part of a batch that could not be acknowledged is tried again.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// The batch that a processor works on, shared with the sweeper and the heartbeat. Clones are the same batch.
///
/// Behind a lock, which is kept until Redis has replied: so no job is requeued by one thread while another starts it.
#[derive(Clone)]
pub struct CurrentBatch(Arc<Mutex<State>>);

struct State {
    in_flight: InFlight,
    /// The job that runs, and since when.
    running: Option<(Arc<UnitOfWork>, Instant)>,
    /// The jobs that were fetched and not started yet.
    unstarted: VecDeque<Arc<UnitOfWork>>,
    /// The outcomes that Redis does not know yet. A job that simply succeeded needs none.
    outcomes: Vec<(Arc<UnitOfWork>, Outcome)>,
    /// The outcomes of a sweep whose reply was lost. Redis may know them or not, so the same call comes before any other.
    unanswered: Vec<(Arc<UnitOfWork>, Outcome)>,
    /// When the sweeper may look at this batch; `None` if there is nothing beside the job that runs.
    next_sweep: Option<Instant>,
    /// Whether the process has requeued all jobs, and left.
    is_closed: bool,
}

impl CurrentBatch {
    /// Creates an empty batch of the processor with these lists.
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

    /// Acknowledges the batch, and fetches the next one, of up to `want` jobs.
    ///
    /// # Errors
    /// As [`InFlight::acknowledge_and_fetch`]; then the batch is as before.
    pub fn acknowledge_and_fetch(&self, want: usize) -> Result<Fetched, Error> {
        let mut state = self.lock();
        let fetched = state.acknowledge_and_fetch(want)?;
        state.start(fetched.jobs.clone());
        Ok(fetched)
    }

    /// Begins a batch of one job that a waiter has fetched.
    pub fn start_with(&self, job: Arc<UnitOfWork>) {
        self.lock().start(vec![job]);
    }

    /// Starts the next job of the batch, at this time. Returns `None` if there is none left, or if all that are left are to be
    /// requeued.
    pub fn start_next(&self, now: Instant, requeue_rest: bool) -> Option<Arc<UnitOfWork>> {
        let mut state = self.lock();
        if requeue_rest {
            state.requeue_unstarted();
        }
        let next = state.unstarted.pop_front();
        state.running = next.clone().map(|job| (job, now));
        next
    }

    /// Notes how a job ended. A job that succeeded needs no note, unless a waiter has fetched it.
    pub fn finish(&self, job: Arc<UnitOfWork>, outcome: Outcome) {
        self.lock().outcomes.push((job, outcome));
    }

    /// Lets no call reach Redis any more: the process has left, and its jobs belong to others.
    pub fn close(&self) {
        self.lock().is_closed = true;
    }

    /// Returns the job that runs, and since when. While the processor asks Redis, it runs none.
    pub fn running(&self) -> Option<(Arc<UnitOfWork>, Instant)> {
        // A lock that is taken is held by a thread that waits for Redis.
        self.0.try_lock().ok()?.running.clone()
    }

    /// If the running job has run for longer than `slow`: acknowledges the jobs that ended before it, and requeues those that
    /// were not started. Returns at once if the processor is waiting for Redis.
    ///
    /// # Errors
    /// As [`InFlight::acknowledge_and_fetch`]. Then the processor keeps the whole batch, and the next try is a second later.
    pub fn sweep(&self, slow: Duration) -> Result<(), Error> {
        match self.0.try_lock() {
            Ok(mut state) => state.sweep(slow),
            Err(_) => Ok(()),
        }
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
        let fetched = self.in_flight.acknowledge_and_fetch(&self.outcomes, want)?;
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
        // The last one first, so that they are fetched again in the same order.
        let unstarted = self.unstarted.drain(..).rev();
        self.outcomes.extend(unstarted.map(|job| (job, Outcome::Requeued)));
    }

    fn sweep(&mut self, slow: Duration) -> Result<(), Error> {
        let running = self.running.as_ref().filter(|(_, since)| since.elapsed() > slow);
        let is_due = self.next_sweep.is_some_and(|from| from <= Instant::now());
        let Some((job, _)) = running.filter(|_| is_due).cloned() else {
            return Ok(());
        };
        self.next_sweep = None;
        if self.unanswered.is_empty() {
            let started = self.unstarted.clone();
            self.requeue_unstarted();
            self.outcomes.push((job, Outcome::StillRunning));
            std::mem::swap(&mut self.outcomes, &mut self.unanswered);
            self.unstarted = started;
        }
        let result = self.repeat_unanswered();
        match result {
            Ok(()) => self.unstarted.clear(),
            // Until Redis answers, the processor keeps the jobs: better performed twice than never.
            Err(_) => self.next_sweep = Some(Instant::now() + RETRY_DELAY),
        }
        result
    }
}
