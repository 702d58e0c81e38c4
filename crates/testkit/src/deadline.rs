//! The end of a wait, which a busy machine puts off.

use std::fs;
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

/// How much longer a wait may last while other programs take the processors.
const BUSY_EXTENSION: Duration = Duration::from_secs(25);
/// How often the machine is asked how busy it is.
const SAMPLE_INTERVAL: Duration = Duration::from_millis(50);
/// If this variable is set, no machine counts as busy: wrong code is then caught as quickly as on an idle one.
const STRICT_VARIABLE: &str = "KATA_STRICT_WAITS";

/// The end of a wait.
///
/// Code that hangs is to fail soon, and right code is never to fail. Both hold on an idle machine with a few seconds; beside
/// programs that take all processors, right code may need far longer. So the wait lasts [`BUSY_EXTENSION`] longer if the machine was
/// busy at half of the looks.
pub(crate) struct Deadline {
    started_at: Instant,
    timeout: Duration,
    last_sample: Instant,
    samples: u32,
    busy: u32,
}

impl Deadline {
    /// Starts a wait that lasts `patience` on an idle machine.
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

    /// Returns true when the wait is over. To be called often, since it also looks how busy the machine is.
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

    /// Returns how long the wait has lasted, for a failure: `5s`, or `30s (5s on an idle machine)` if it was put off.
    pub(crate) fn waited(&self) -> String {
        let (waited, timeout) = (self.started_at.elapsed(), self.timeout);
        // A last look takes some time, too.
        if waited < timeout + Duration::from_secs(1) {
            return format!("{timeout:?}");
        }
        format!("{}s ({timeout:?} on an idle machine)", waited.as_secs())
    }
}

/// Whether more threads want to run than there are processors. Where that is not known, the machine counts as busy.
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

/// The number of runnable threads in a line of `/proc/loadavg`, such as `0.20 0.18 0.12 3/711 11206`.
fn runnable(load: &str) -> Option<usize> {
    load.split_whitespace().nth(3)?.split_once('/')?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches: reading another field.
    #[test]
    fn reads_the_number_of_runnable_threads() {
        assert_eq!(runnable("0.20 0.18 0.12 3/711 11206\n"), Some(3));
        assert_eq!(runnable("nonsense"), None);
    }

    /// Catches: the time that was planned, of a wait that was put off.
    #[test]
    fn a_failure_says_how_long_was_waited() {
        let waited = |seconds| {
            let mut deadline = Deadline::after(Duration::from_secs(5));
            deadline.started_at -= Duration::from_secs(seconds);
            deadline.waited()
        };
        assert_eq!([waited(5), waited(30)], ["5s", "30s (5s on an idle machine)"]);
    }

    /// Catches: a grace that is given to an idle machine, or not to a busy one; one busy look that is enough.
    #[test]
    fn a_busy_machine_puts_the_end_off() {
        let past = |busy: u32| {
            let mut deadline = Deadline::after(Duration::ZERO);
            (deadline.samples, deadline.busy) = (10, busy);
            deadline.has_passed()
        };
        assert_eq!([past(0), past(4), past(5), past(10)], [true, true, false, false]);
    }
}
