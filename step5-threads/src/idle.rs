//! Where threads without work meet the connections that wait for some.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::claims::{Claimed, Fate};

/// How many threads have nothing to do, and what was brought for them.
#[derive(Default)]
pub struct Idle {
    state: Mutex<State>,
    brought: Condvar,
    needed: Condvar,
}

#[derive(Default)]
struct State {
    threads: usize,
    /// What was handed over, and no thread has taken yet.
    brought: VecDeque<Arc<Claimed>>,
    /// What was handed over, and is not settled yet.
    unsettled: Vec<Arc<Claimed>>,
    closed: bool,
}

impl State {
    fn needs_work(&self) -> bool {
        self.threads > self.brought.len() && !self.closed
    }
}

impl Idle {
    /// Waits for a job, in a thread that has none; `None` if none was brought in time.
    pub fn wait(&self, timeout: Duration) -> Option<Arc<Claimed>> {
        self.lock().threads += 1;
        self.needed.notify_all();
        let mut state = self.wait_while(&self.brought, timeout, |state| state.brought.is_empty());
        state.threads -= 1;
        state.brought.pop_front()
    }

    /// Waits until some thread has nothing to do; whether one has.
    pub fn needs_work(&self, timeout: Duration) -> bool {
        self.wait_while(&self.needed, timeout, |state| !state.needs_work())
            .needs_work()
    }

    /// Hands a job over; whether a thread takes it. If none does, it is still the caller's.
    pub fn offer(&self, job: &Arc<Claimed>) -> bool {
        let mut state = self.lock();
        let taken = state.needs_work();
        if taken {
            state.unsettled.push(job.clone());
            state.brought.push_back(job.clone());
            // Whoever is woken wants the lock.
            drop(state);
            self.brought.notify_one();
        }
        taken
    }

    /// These have left the lists of those who brought them, if they were brought.
    pub fn settled(&self, jobs: &[(Arc<Claimed>, Fate)]) {
        if jobs.iter().any(|(job, _)| job.waited) {
            let is_settled = |one: &Arc<Claimed>| jobs.iter().any(|(job, _)| Arc::ptr_eq(job, one));
            self.lock().unsettled.retain(|job| !is_settled(job));
        }
    }

    /// The payloads that were brought from this queue, and are not settled.
    pub fn unsettled(&self, queue: &str) -> Vec<Vec<u8>> {
        let state = self.lock();
        let of_queue = state.unsettled.iter().filter(|job| *job.queue == *queue);
        of_queue.map(|job| job.payload.clone()).collect()
    }

    /// Ends all waits, for ever.
    pub fn close(&self) {
        self.lock().closed = true;
        self.brought.notify_all();
        self.needed.notify_all();
    }

    fn wait_while(&self, signal: &Condvar, timeout: Duration, no: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        let waited = signal.wait_timeout_while(self.lock(), timeout, |state| no(state) && !state.closed);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
