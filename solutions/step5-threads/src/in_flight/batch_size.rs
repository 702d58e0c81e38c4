//! How many jobs a processor fetches at once.

use std::time::Duration;

/// How long a batch may take. A job that was not started by then goes back to its queue, so that neither an urgent job nor those
/// behind a slow one wait much longer for a processor.
pub const BUDGET: Duration = Duration::from_millis(1);

/// Returns how many jobs to fetch next, 1 to `max`, after a batch of `fetched` jobs, of which `started` were performed within the
/// budget. All of them took `took`, and the longest one `longest`: a mean would hide one slow job among many.
///
/// - 1, if the longest job alone exceeded the [`BUDGET`];
/// - twice as many, if all were started and took less than half of it;
/// - otherwise as many as were started.
///
/// ```
/// use std::time::Duration;
/// use step5_threads::next_size;
///
/// let quick = Duration::from_micros(5);
/// assert_eq!(next_size(8, 8, 8 * quick, quick, 64), 16);
/// ```
pub fn next_size(fetched: usize, started: usize, took: Duration, longest: Duration, max: usize) -> usize {
    let next = if longest > BUDGET {
        1
    } else if started == fetched && took * 2 < BUDGET {
        fetched * 2
    } else {
        started
    };
    next.clamp(1, max)
}
