//! Settles what was claimed with a job that turns out slow.

use std::time::Duration;

use tracing::debug;

use crate::server::Shared;

/// How often the threads are looked at.
const TICK: Duration = Duration::from_millis(20);

/// How long a job may run until what is claimed with it is settled.
const SLOW: Duration = Duration::from_millis(10);

/// Looks at all threads, until the server is over.
pub fn run(shared: &Shared) {
    while !shared.over.wait(TICK) {
        // A hold that is taken is before Redis: no job runs.
        for mut hold in shared.holds.iter().filter_map(|hold| hold.try_lock().ok()) {
            if let Err(error) = hold.settle_behind(SLOW) {
                debug!("{error}");
            }
        }
    }
}
