//! The time, as it is written to Redis.

use std::time::{SystemTime, UNIX_EPOCH};

/// Now, in seconds since 1970 UTC, to the microsecond.
///
/// A float, because that is how Sidekiq 6 and 7 write it: an integer would be read as milliseconds by Sidekiq 8. Only
/// loops and entry points read the clock; whatever decides takes `now` as an argument, so that a test can choose it.
pub(crate) fn now() -> f64 {
    seconds(SystemTime::now())
}

/// A time in seconds since 1970 UTC, to the microsecond.
pub(crate) fn seconds(time: SystemTime) -> f64 {
    // A clock set before 1970 gives 0.0: a wrong date in a payload is better than a job that cannot be enqueued.
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_micros() as f64 / 1e6
}
