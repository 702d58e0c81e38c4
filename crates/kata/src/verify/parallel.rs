//! Several at work on a list of things.
//!
//! Not rayon's: a worker of one pool that waits for another pool takes up the next thing meanwhile, and who is waited for
//! here is a program. So a crew may work within a crew.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Does `work` with each of `things`, `hands` of them at once (at least one). What came of each, in the order of the things.
///
/// # Panics
///
/// As `work`.
pub fn parallel_map<T: Sync, R: Send>(items: &[T], workers: usize, f: impl Fn(&T) -> R + Sync) -> Vec<R> {
    parallel_map_with(items, vec![(); workers.max(1)], |(), item| f(item))
}

/// Does `work` with each of `things`, as many at once as there are `workers`, each of which keeps
/// something of its own. What came of each, in the order of the things.
///
/// # Panics
///
/// As `work`.
pub fn parallel_map_with<T: Sync, W: Send, R: Send>(
    items: &[T],
    workers: Vec<W>,
    f: impl Fn(&mut W, &T) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    // Each takes the next thing when it is done with one: what they take is very unlike.
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

/// How many cores there are; 1 if nobody knows.
pub fn cores() -> usize {
    thread::available_parallelism().map_or(1, Into::into)
}
