//! Runs a function on the items of a list in parallel.
//!
//! It does not use rayon: a rayon worker that waits for another pool starts the next item in the
//! meantime, and here the workers wait for processes. So a parallel map can run inside another one.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Calls `f` with each of the `items`, in `workers` threads (at least one). Returns the results in
/// the order of the items.
///
/// # Panics
///
/// If `f` panics.
pub fn parallel_map<T: Sync, R: Send>(items: &[T], workers: usize, f: impl Fn(&T) -> R + Sync) -> Vec<R> {
    parallel_map_with(items, vec![(); workers.max(1)], |(), item| f(item))
}

/// Calls `f` with each of the `items`, in one thread for each of the `workers`, which is passed to
/// `f`. Returns the results in the order of the items.
///
/// # Panics
///
/// If `f` panics.
pub fn parallel_map_with<T: Sync, W: Send, R: Send>(
    items: &[T],
    workers: Vec<W>,
    f: impl Fn(&mut W, &T) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    // Each thread takes the next item when it has finished one, because some items take much longer
    // than others.
    let until_done = |mut worker: W| {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else {
                return done;
            };
            done.push((at, f(&mut worker, item)));
        }
    };
    let until_done = &until_done;
    let mut done: Vec<(usize, R)> = thread::scope(|scope| {
        let workers = workers
            .into_iter()
            .map(|worker| scope.spawn(move || until_done(worker)));
        let workers: Vec<_> = workers.collect();
        let done = workers.into_iter().map(|worker| worker.join());
        done.flat_map(|done| done.unwrap_or_else(|panic| resume_unwind(panic)))
            .collect()
    });
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Returns the number of cores, or 1 if it is not known.
pub fn cores() -> usize {
    thread::available_parallelism().map_or(1, Into::into)
}
