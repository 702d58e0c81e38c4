//! The number of jobs that a processor fetches at once.

use std::time::Duration;

/// The maximum duration of a batch. The jobs that have not been started by then are requeued, so
/// that neither an urgent job nor the jobs behind a slow one wait much longer for a processor.
pub const BATCH_BUDGET: Duration = Duration::from_millis(1);

/// Returns how many jobs to fetch next, 1 to `max`. The last batch had `fetched` jobs, of which
/// `started` were started within the budget. `took` is the duration of the batch, and `longest`
/// that of its longest job, because an average would hide one slow job among many.
///
/// - 1, if the longest job alone exceeded the [`BATCH_BUDGET`];
/// - twice `fetched`, if all jobs were started and took less than half of the budget;
/// - otherwise `started`.
///
/// ```no_run
/// use std::time::Duration;
/// use step5_threads::next_batch_size;
///
/// let quick = Duration::from_micros(5);
/// assert_eq!(next_batch_size(8, 8, 8 * quick, quick, 64), 16);
/// ```
pub fn next_batch_size(fetched: usize, started: usize, took: Duration, longest: Duration, max: usize) -> usize {
    todo!("task 5.7: fetch up to {max} after {fetched}, {started}, {took:?}, {longest:?}, see docs/step5-speed.md")
}
