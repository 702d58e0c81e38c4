//! Who may perform jobs, and who waits for some. There are more threads than may perform jobs at once, so that one can wait
//! for each queue while others are at work.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// How many more threads may perform jobs, and which queues somebody waits for.
pub struct Idle {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// How many more threads may perform jobs.
    free: usize,
    /// For each queue: whether a thread waits for it.
    seats: Vec<bool>,
    closed: bool,
}

impl State {
    /// A seat that is free. While nobody may perform jobs, none is: a job would come for nothing.
    fn seat(&self) -> Option<usize> {
        let seat = self.seats.iter().position(|taken| !taken);
        seat.filter(|_| self.free > 0)
    }
}

impl Idle {
    /// So many threads may perform jobs at once, of so many queues.
    pub fn new(threads: usize, queues: usize) -> Idle {
        let state = State {
            free: threads,
            seats: vec![false; queues],
            closed: false,
        };
        Idle {
            state: Mutex::new(state),
            changed: Condvar::new(),
        }
    }

    /// Whether this thread may perform jobs now; then until it [leaves](Idle::leave).
    pub fn enter(&self) -> bool {
        let mut state = self.lock();
        let may = state.free > 0;
        state.free -= usize::from(may);
        may
    }

    /// This thread has nothing to perform.
    pub fn leave(&self) {
        let mut state = self.lock();
        state.free += 1;
        self.call(&state);
    }

    /// Waits until a queue needs somebody who waits for it: its place, until this thread [stands up](Idle::stand_up). `None`
    /// at the end.
    pub fn sit_down(&self) -> Option<usize> {
        let nothing = |state: &mut State| state.seat().is_none() && !state.closed;
        let waited = self.changed.wait_while(self.lock(), nothing);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        let seat = state.seat().filter(|_| !state.closed)?;
        state.seats[seat] = true;
        self.call(&state);
        Some(seat)
    }

    /// Lets another thread wait there.
    pub fn stand_up(&self, seat: usize) {
        let mut state = self.lock();
        state.seats[seat] = false;
        self.call(&state);
    }

    /// Lets nobody sit down any more.
    pub fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// Whether somebody waits for a queue.
    pub fn is_waited_in(&self) -> bool {
        self.lock().seats.contains(&true)
    }

    /// Calls somebody, if there is a seat.
    fn call(&self, state: &State) {
        if state.seat().is_some() {
            self.changed.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
