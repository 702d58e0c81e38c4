//! The format of times in Redis.

use std::time::{SystemTime, UNIX_EPOCH};

/// Returns the current Unix time in seconds, with microseconds.
///
/// It is a float, as Sidekiq 6 and 7 write it, because Sidekiq 8 reads an integer as milliseconds.
/// Only loops and entry points read the clock. A function that decides something takes `now` as an
/// argument, so that a test can choose it.
pub(crate) fn now() -> f64 {
    seconds(SystemTime::now())
}

/// Converts a time to a Unix time in seconds, with microseconds.
pub(crate) fn seconds(time: SystemTime) -> f64 {
    // A clock that is set before 1970 gives 0.0, because a wrong date in a payload is better than a
    // job that cannot be enqueued.
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_micros() as f64 / 1e6
}
