//! How many large turns are before Redis at once.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// So many keep Redis busy. More would only make a longer line, in which an urgent job has to stand, too.
const LANES: usize = 4;

/// How many jobs make a turn a large one: it takes Redis about as long as all else that a round trip costs.
const LARGE: usize = 64;

/// A lane for each large turn that may be before Redis.
#[derive(Default)]
pub struct Lanes([Mutex<()>; LANES]);

impl Lanes {
    /// Waits until this thread may take a turn for so many jobs; until the guard is dropped. A small one need not wait.
    pub fn enter(&self, thread: usize, want: usize) -> Option<MutexGuard<'_, ()>> {
        let lane = &self.0[thread % LANES];
        (want >= LARGE).then(|| lane.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
