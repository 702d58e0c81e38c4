//! Takes back what is claimed behind a job that turns out slow.

use std::time::Duration;

use crate::recovery;
use crate::shared::Shared;

/// How often the threads are looked at.
const TICK: Duration = Duration::from_millis(20);

/// How long a job may run until what is claimed behind it goes back.
const SLOW: Duration = Duration::from_millis(10);

/// Looks at all threads, until the server is over.
pub fn run(shared: &Shared) {
    while !shared.over.wait(TICK) {
        for thread in 0..shared.holds.len() {
            let mut hold = shared.hold(thread);
            let slow = hold.running.as_ref().is_some_and(|(_, since)| since.elapsed() > SLOW);
            // Should Redis not answer, the thread keeps them, and performs what has gone back all the same: twice is better
            // than never.
            let rest = hold.rest.iter().rev();
            let rest = rest.map(|job| (job.list(&shared.identity, thread), &*job.queue, &job.payload));
            if slow && recovery::give_back(shared, rest).is_ok() {
                hold.rest.clear();
            }
        }
    }
}
