//! The thread that moves due jobs to their queues.

mod sorted_sets;

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tracing::warn;

use crate::process::Lease;
use crate::wire::{clock, is_outage};
use crate::{Error, Stop};

pub use sorted_sets::SortedSets;

/// How many processes look for due jobs in each interval, on average. If there are more, they take
/// turns at random: the jobs would hardly be earlier, and Redis would answer each of them in vain.
const LOOKS_PER_INTERVAL: f64 = 5.0;

/// Starts a thread that moves due jobs to their queues at intervals, until a stop is requested. Any
/// number of processes may do this at the same time. `poll` is the average interval.
///
/// # Errors
/// [`Error::Thread`] if the system cannot start another thread.
pub fn start(sets: SortedSets, poll: Duration, lease: Arc<Lease>, stop: Stop) -> Result<JoinHandle<()>, Error> {
    let thread = thread::Builder::new().name("scheduler".into());
    thread
        .spawn(move || run(&sets, poll, &lease, &stop))
        .map_err(Error::Thread)
}

fn run(sets: &SortedSets, poll: Duration, lease: &Lease, stop: &Stop) {
    let mut logged = false;
    loop {
        let moved = sets.enqueue_due(clock::now());
        // An outage is logged elsewhere, when a job is fetched.
        let refused = matches!(&moved, Err(Error::Refused { reason, .. }) if !is_outage(reason));
        if let (Err(error), true) = (&moved, refused && !logged) {
            warn!("cannot enqueue due jobs: {error}");
        }
        logged = refused;
        // There may be more due jobs than were moved at once.
        let mut is_turn = moved.is_ok_and(|moved| moved > 0);
        while !is_turn {
            // Random, so that processes that were started together do not all look at the same
            // time.
            let pause = poll.mul_f64(0.5 + rand::random::<f64>());
            if stop.wait(pause) {
                return;
            }
            // The number is read each time, because the other processes may have ended.
            is_turn = rand::random::<f64>() * lease.processes() as f64 <= LOOKS_PER_INTERVAL;
        }
        if stop.is_requested() {
            return;
        }
    }
}
