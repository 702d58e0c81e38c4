//! The processors that have no job, and how waiters bring them one.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::in_flight::UnitOfWork;

/// Where waiters and idle processors meet.
pub struct IdleProcessors {
    state: Mutex<State>,
    /// A processor has become idle.
    idle: Condvar,
    /// One for each processor: it was called.
    called: Vec<Condvar>,
}

struct State {
    slots: Vec<Slot>,
    closed: bool,
}

enum Slot {
    Busy,
    Idle,
    Called(Call),
}

/// What an idle processor is called for.
pub enum Call {
    /// A waiter has fetched this job for it.
    Perform(Arc<UnitOfWork>),
    /// There may be jobs that a waiter cannot fetch.
    Fetch,
}

impl IdleProcessors {
    /// Creates the meeting point of so many processors, all of them busy.
    pub fn new(processors: usize) -> IdleProcessors {
        let slots = (0..processors).map(|_| Slot::Busy).collect();
        IdleProcessors {
            state: Mutex::new(State { slots, closed: false }),
            idle: Condvar::new(),
            called: (0..processors).map(|_| Condvar::new()).collect(),
        }
    }

    /// Blocks until this processor, which has no job, is called, or until `timeout` has passed: then it is to fetch. Returns `None`
    /// after [`close`](IdleProcessors::close).
    pub fn wait(&self, processor: usize, timeout: Duration) -> Option<Call> {
        let mut state = self.lock();
        state.slots[processor] = Slot::Idle;
        self.idle.notify_all();
        let is_idle = |state: &mut State| matches!(state.slots[processor], Slot::Idle) && !state.closed;
        let waited = self.called[processor].wait_timeout_while(state, timeout, is_idle);
        (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        match std::mem::replace(&mut state.slots[processor], Slot::Busy) {
            Slot::Called(call) => Some(call),
            Slot::Idle | Slot::Busy => (!state.closed).then_some(Call::Fetch),
        }
    }

    /// Blocks until a processor is idle, and returns the first one from number `from` on, round the circle. It may be called by
    /// others meanwhile. Returns `None` after [`close`](IdleProcessors::close).
    pub fn find(&self, from: usize) -> Option<usize> {
        let count = self.called.len();
        let find = |state: &State| {
            let mut circle = (0..count).map(|step| (from + step) % count);
            circle.find(|&processor| matches!(state.slots[processor], Slot::Idle))
        };
        let nothing = |state: &mut State| find(state).is_none() && !state.closed;
        let waited = self.idle.wait_while(self.lock(), nothing);
        let state = waited.unwrap_or_else(PoisonError::into_inner);
        find(&state).filter(|_| !state.closed)
    }

    /// Calls a processor. Returns false, and does nothing, if it is not idle any more.
    pub fn call(&self, processor: usize, call: Call) -> bool {
        let mut state = self.lock();
        let is_idle = matches!(state.slots[processor], Slot::Idle) && !state.closed;
        if is_idle {
            state.slots[processor] = Slot::Called(call);
            self.called[processor].notify_one();
        }
        is_idle
    }

    /// Ends all waits, now and from now on.
    pub fn close(&self) {
        self.lock().closed = true;
        self.idle.notify_all();
        self.called.iter().for_each(Condvar::notify_all);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
