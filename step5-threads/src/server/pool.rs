//! The threads of the processors.

use std::sync::mpsc::{Receiver, channel};
use std::thread;

use crate::Error;

/// Calls `run` once in each of so many threads of their own, with the thread's number, from 0. The receiver gets a message from
/// each thread that ends; one that panics sends none, and does not end the others.
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
        // If the shutdown did not wait for this thread, nobody receives it.
        let _ = ended.send(());
    });
    started.map(|_| ends).map_err(Error::Thread)
}
