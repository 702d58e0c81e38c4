//! How many jobs a thread claims at once.

use std::time::Duration;

/// How long a batch may take. What has not begun by then goes back: an urgent job waits no longer for a thread, nor do those
/// behind a slow one for much longer.
pub const TIME: Duration = Duration::from_millis(1);

/// How many jobs to claim next, 1 to `most`, after a batch of `claimed` jobs, of which `begun` were performed before the time
/// was up. All of them took `took`, the longest one `longest`: in a mean, one slow job among many would hide.
///
/// Twice as many if all were begun, and took less than half of [`TIME`]; one after a job longer than that; else as many as were
/// begun.
///
/// ```
/// use std::time::Duration;
/// use step5_threads::batch;
///
/// let quick = Duration::from_micros(5);
/// assert_eq!(batch::next(8, 8, 8 * quick, quick, 64), 16);
/// ```
pub fn next(claimed: usize, begun: usize, took: Duration, longest: Duration, most: usize) -> usize {
    let next = if longest > TIME {
        1
    } else if begun == claimed && took * 2 < TIME {
        claimed * 2
    } else {
        begun
    };
    next.clamp(1, most)
}
