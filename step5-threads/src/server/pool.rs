//! The threads of the processors.

use std::sync::mpsc::{Receiver, channel};
use std::thread;

use crate::Error;

/// Calls `run` once in each of `threads` new threads, with the number of the thread, from 0. Each
/// thread sends a message when it has ended. A thread that panics sends none, and does not end the
/// others.
///
/// # Errors
/// [`Error::Thread`] if the system cannot start another thread.
pub fn run(threads: usize, run: impl Fn(usize) + Send + Sync + 'static) -> Result<Receiver<()>, Error> {
    let (ended, ends) = channel();
    if threads > 1 {
        todo!("task 5.1: run {threads} threads in a pool, see docs/step5-threads.md")
    }
    let thread = thread::Builder::new().name("processor-0".to_owned());
    let started = thread.spawn(move || {
        run(0);
        // The receiver is gone if the shutdown did not wait for this thread.
        let _ = ended.send(());
    });
    started.map(|_| ends).map_err(Error::Thread)
}
