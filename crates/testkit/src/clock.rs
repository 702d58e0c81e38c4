//! The current time in seconds since 1970, the unit that jobs use.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::Kit;

/// Returns the seconds since 1970 by this machine's clock.
///
/// ```
/// let before = testkit::epoch_seconds();
/// assert!(before <= testkit::epoch_seconds());
/// ```
///
/// # Panics
///
/// If the clock is set to a time before 1970.
pub fn epoch_seconds() -> f64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.expect("a clock after 1970").as_secs_f64()
}

impl Kit {
    /// Returns the seconds since 1970 by Redis's clock, which scripts use.
    ///
    /// ```no_run
    /// # let kit = testkit::kit!();
    /// kit.command(&["ZADD", "schedule", &(kit.now() + 60.0).to_string(), "{}"]);
    /// ```
    ///
    /// # Panics
    ///
    /// If Redis does not answer.
    #[track_caller]
    pub fn now(&self) -> f64 {
        let (seconds, micros): (f64, f64) = self.query(&["TIME"]);
        seconds + micros / 1e6
    }
}
