//! Several at work on a list of things.

use std::sync::Mutex;
use std::thread;

/// Does `work` with each of `things`, `hands` of them at once. What came of each, in the order of the things.
pub fn work<T: Sync, R: Send>(things: &[T], hands: usize, work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let todo = Mutex::new(things.iter().enumerate());
    let next = || todo.lock().ok()?.next();
    let mut done: Vec<(usize, R)> = thread::scope(|scope| {
        let hands: Vec<_> = (0..hands.clamp(1, things.len().max(1)))
            .map(|_| {
                scope.spawn(|| {
                    let mut done = Vec::new();
                    while let Some((place, thing)) = next() {
                        done.push((place, work(thing)));
                    }
                    done
                })
            })
            .collect();
        let results = hands.into_iter().flat_map(|hand| match hand.join() {
            Ok(done) => done,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        results.collect()
    });
    done.sort_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, result)| result).collect()
}

/// How many cores there are; 1 if nobody knows.
pub fn cores() -> usize {
    thread::available_parallelism().map_or(1, Into::into)
}
