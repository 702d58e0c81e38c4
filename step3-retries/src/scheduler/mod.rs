//! The thread that looks for jobs that are due.

mod sorted_sets;

use std::thread::{self, JoinHandle};
use std::time::Duration;

use tracing::warn;

use crate::wire::clock;
use crate::{Error, Stop};

pub use sorted_sets::SortedSets;

/// Starts a thread that moves due jobs to their queues, now and then, until a stop is requested. Any number of processes
/// may do so at once. `poll` is the mean of its pauses.
///
/// # Errors
/// [`Error::Thread`] if the system has none left.
pub fn start(sets: SortedSets, poll: Duration, stop: Stop) -> Result<JoinHandle<()>, Error> {
    let thread = thread::Builder::new().name("scheduler".into());
    thread.spawn(move || run(&sets, poll, &stop)).map_err(Error::Thread)
}

fn run(sets: &SortedSets, poll: Duration, stop: &Stop) {
    let mut told = false;
    loop {
        let moved = sets.enqueue_due(clock::now());
        // That Redis is away, the loop that fetches tells.
        let refused = matches!(moved, Err(Error::Refused { .. }));
        if let (Err(error), true) = (&moved, refused && !told) {
            warn!("due jobs cannot be moved to their queues: {error}");
        }
        told = refused;
        // At random, so that the processes of a fleet that was started at once do not all look at once.
        let pause = poll.max(Duration::from_millis(1)).mul_f64(0.5 + rand::random::<f64>());
        // There may be more than what was moved at once.
        let more = moved.is_ok_and(|moved| moved > 0);
        if stop.wait(if more { Duration::ZERO } else { pause }) {
            return;
        }
    }
}
