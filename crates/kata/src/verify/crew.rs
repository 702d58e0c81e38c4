//! Several at work on a list of things.

use std::thread;

use rayon::ThreadPoolBuilder;
use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};

use crate::Stop;

/// Does `work` with each of `things`, `hands` of them at once. What came of each, in the order of the things.
///
/// # Errors
///
/// If there are not so many threads to be had, or as `work`; then the rest may not be done.
pub fn work<T: Sync, R: Send>(
    things: &[T],
    hands: usize,
    work: impl Fn(&T) -> Result<R, Stop> + Send + Sync,
) -> Result<Vec<R>, Stop> {
    let pool = ThreadPoolBuilder::new()
        .num_threads(hands)
        .build()
        .map_err(|error| format!("No threads can be started: {error}."))?;
    // One by one: what they take is very unlike.
    pool.install(|| things.par_iter().with_max_len(1).map(work).collect())
}

/// How many cores there are; 1 if nobody knows.
pub fn cores() -> usize {
    thread::available_parallelism().map_or(1, Into::into)
}
