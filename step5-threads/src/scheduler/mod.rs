//! The thread that moves due jobs to their queues.

mod sorted_sets;

use std::thread::{self, JoinHandle};
use std::time::Duration;

use tracing::warn;

use crate::wire::{clock, is_outage};
use crate::{Error, Stop};

pub use sorted_sets::SortedSets;

/// Starts a thread that moves due jobs to their queues at intervals, until a stop is requested. Any
/// number of processes may do this at the same time. `poll` is the average interval.
///
/// # Errors
/// [`Error::Thread`] if the system cannot start another thread.
pub fn start(sets: SortedSets, poll: Duration, stop: Stop) -> Result<JoinHandle<()>, Error> {
    let thread = thread::Builder::new().name("scheduler".into());
    thread.spawn(move || run(&sets, poll, &stop)).map_err(Error::Thread)
}

fn run(sets: &SortedSets, poll: Duration, stop: &Stop) {
    let mut logged = false;
    loop {
        let moved = sets.enqueue_due(clock::now());
        // An outage is logged elsewhere, when a job is fetched.
        let refused = matches!(&moved, Err(Error::Refused { reason, .. }) if !is_outage(reason));
        if let (Err(error), true) = (&moved, refused && !logged) {
            warn!("cannot enqueue due jobs: {error}");
        }
        logged = refused;
        // Random, so that processes that were started together do not all look at the same time.
        let pause = poll.mul_f64(0.5 + rand::random::<f64>());
        // There may be more due jobs than were moved at once.
        let more = moved.is_ok_and(|moved| moved > 0);
        if stop.wait(if more { Duration::ZERO } else { pause }) {
            return;
        }
    }
}
