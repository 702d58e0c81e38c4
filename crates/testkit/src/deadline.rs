//! Deadlines that are extended while the machine is busy.

use std::fs;
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

/// How much longer a wait may last while other programs use the processors.
const BUSY_EXTENSION: Duration = Duration::from_secs(25);
/// How often the load of the machine is measured.
const SAMPLE_INTERVAL: Duration = Duration::from_millis(50);
/// If this variable is set, no machine counts as busy, so that wrong code is caught as quickly as
/// on an idle one.
const STRICT_VARIABLE: &str = "KATA_STRICT_WAITS";

/// The deadline of a wait.
///
/// Code that hangs should fail soon, and right code must never fail. On an idle machine a few
/// seconds are enough for both. If other programs use all processors, right code may need far
/// longer. So the wait lasts [`BUSY_EXTENSION`] longer if the machine was busy in at least half of
/// the samples.
pub(crate) struct Deadline {
    started_at: Instant,
    timeout: Duration,
    last_sample: Instant,
    samples: u32,
    busy: u32,
}

impl Deadline {
    /// Starts a wait that lasts `timeout` on an idle machine.
    pub(crate) fn after(timeout: Duration) -> Deadline {
        let now = Instant::now();
        Deadline {
            started_at: now,
            timeout,
            last_sample: now,
            samples: 0,
            busy: 0,
        }
    }

    /// Returns true when the deadline has passed. Call it often, because it also measures the load.
    pub(crate) fn has_passed(&mut self) -> bool {
        if self.last_sample.elapsed() >= SAMPLE_INTERVAL {
            self.last_sample = Instant::now();
            self.samples += 1;
            self.busy += u32::from(is_busy());
        }
        let was_busy = 2 * self.busy >= self.samples.max(1);
        let limit = if was_busy {
            self.timeout + BUSY_EXTENSION
        } else {
            self.timeout
        };
        self.started_at.elapsed() >= limit
    }

    /// Returns the length of the wait for a failure message: `5s`, or `30s (5s on an idle machine)`
    /// if it was extended.
    pub(crate) fn waited(&self) -> String {
        let (waited, timeout) = (self.started_at.elapsed(), self.timeout);
        // The last check of the condition takes some time, too.
        if waited < timeout + Duration::from_secs(1) {
            return format!("{timeout:?}");
        }
        format!("{}s ({timeout:?} on an idle machine)", waited.as_secs())
    }
}

/// Returns true if more threads want to run than there are processors. If the load is unknown, the
/// machine counts as busy.
fn is_busy() -> bool {
    static IS_STRICT: OnceLock<bool> = OnceLock::new();
    if *IS_STRICT.get_or_init(|| std::env::var_os(STRICT_VARIABLE).is_some_and(|value| !value.is_empty())) {
        return false;
    }
    let Ok(load) = fs::read_to_string("/proc/loadavg") else {
        return true;
    };
    runnable(&load).is_none_or(|runnable| runnable > thread::available_parallelism().map_or(1, usize::from))
}

/// Returns the number of runnable threads in a line of `/proc/loadavg`, such as
/// `0.20 0.18 0.12 3/711 11206`.
fn runnable(load: &str) -> Option<usize> {
    load.split_whitespace().nth(3)?.split_once('/')?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches: another field of the line.
    #[test]
    fn reads_the_number_of_runnable_threads() {
        assert_eq!(runnable("0.20 0.18 0.12 3/711 11206\n"), Some(3));
        assert_eq!(runnable("nonsense"), None);
    }

    /// Catches: the planned length of a wait that was extended.
    #[test]
    fn reports_the_length_of_a_wait() {
        let waited = |seconds| {
            let mut deadline = Deadline::after(Duration::from_secs(5));
            deadline.started_at -= Duration::from_secs(seconds);
            deadline.waited()
        };
        assert_eq!([waited(5), waited(30)], ["5s", "30s (5s on an idle machine)"]);
    }

    /// Catches: an extension on an idle machine, or none on a busy one; one busy sample that is
    /// enough.
    #[test]
    fn extends_the_deadline_on_a_busy_machine() {
        let past = |busy: u32| {
            let mut deadline = Deadline::after(Duration::ZERO);
            (deadline.samples, deadline.busy) = (10, busy);
            deadline.has_passed()
        };
        assert_eq!([past(0), past(4), past(5), past(10)], [true, true, false, false]);
    }
}
