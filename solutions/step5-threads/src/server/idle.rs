//! The processors that have no job, and how they receive one from a waiter.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::in_flight::UnitOfWork;

/// The place where waiters find idle processors.
pub struct IdleProcessors {
    state: Mutex<State>,
    /// Notified when a processor becomes idle.
    idle: Condvar,
    /// One for each processor, notified when the processor is woken.
    woken: Vec<Condvar>,
}

struct State {
    slots: Vec<Slot>,
    closed: bool,
}

enum Slot {
    Busy,
    Idle,
    Woken(Wakeup),
}

/// Why an idle processor is woken.
pub enum Wakeup {
    /// To perform this job, which a waiter has fetched for it.
    Perform(Arc<UnitOfWork>),
    /// To fetch, because there may be jobs that a waiter cannot fetch.
    Fetch,
}

impl IdleProcessors {
    /// Creates the state for this number of processors, all of them busy.
    pub fn new(processors: usize) -> IdleProcessors {
        let slots = (0..processors).map(|_| Slot::Busy).collect();
        IdleProcessors {
            state: Mutex::new(State { slots, closed: false }),
            idle: Condvar::new(),
            woken: (0..processors).map(|_| Condvar::new()).collect(),
        }
    }

    /// Marks this processor as idle, and blocks until it is woken. If that takes longer than
    /// `timeout`, returns [`Wakeup::Fetch`]. Returns `None` after [`close`](IdleProcessors::close).
    pub fn wait(&self, processor: usize, timeout: Duration) -> Option<Wakeup> {
        let mut state = self.lock();
        state.slots[processor] = Slot::Idle;
        self.idle.notify_all();
        let is_idle = |state: &mut State| matches!(state.slots[processor], Slot::Idle) && !state.closed;
        let waited = self.woken[processor].wait_timeout_while(state, timeout, is_idle);
        (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        match std::mem::replace(&mut state.slots[processor], Slot::Busy) {
            Slot::Woken(wakeup) => Some(wakeup),
            Slot::Idle | Slot::Busy => (!state.closed).then_some(Wakeup::Fetch),
        }
    }

    /// Blocks until a processor is idle. Searches from number `from` on, and after the last number
    /// from 0 on. The processor is not reserved: another waiter may wake it first. Returns `None`
    /// after [`close`](IdleProcessors::close).
    pub fn find(&self, from: usize) -> Option<usize> {
        let count = self.woken.len();
        let find = |state: &State| {
            let mut circle = (0..count).map(|step| (from + step) % count);
            circle.find(|&processor| matches!(state.slots[processor], Slot::Idle))
        };
        let none_idle = |state: &mut State| find(state).is_none() && !state.closed;
        let waited = self.idle.wait_while(self.lock(), none_idle);
        let state = waited.unwrap_or_else(PoisonError::into_inner);
        find(&state).filter(|_| !state.closed)
    }

    /// Wakes a processor. Returns false, and does nothing, if it is not idle any more.
    pub fn wake(&self, processor: usize, wakeup: Wakeup) -> bool {
        let mut state = self.lock();
        let is_idle = matches!(state.slots[processor], Slot::Idle) && !state.closed;
        if is_idle {
            state.slots[processor] = Slot::Woken(wakeup);
            self.woken[processor].notify_one();
        }
        is_idle
    }

    /// Ends all current and future waits.
    pub fn close(&self) {
        self.lock().closed = true;
        self.idle.notify_all();
        self.woken.iter().for_each(Condvar::notify_all);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
