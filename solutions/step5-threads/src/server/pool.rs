//! The threads of the processors.

use std::sync::mpsc::{Receiver, channel};

use rayon::ThreadPoolBuilder;

use crate::Error;

/// Calls `run` once in each of so many threads of their own, with the thread's number, from 0. The receiver gets a message from
/// each thread that ends; one that panics sends none, and does not end the others.
///
/// # Errors
/// [`Error::Thread`] if the system cannot start another thread.
pub fn run(threads: usize, run: impl Fn(usize) + Send + Sync + 'static) -> Result<Receiver<()>, Error> {
    let (ended, ends) = channel();
    let pool = ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|number| format!("processor-{number}"))
        // Without it, rayon would end the whole process.
        .panic_handler(|_| ())
        .build()
        .map_err(|error| Error::Thread(std::io::Error::other(error)))?;
    pool.spawn_broadcast(move |context| {
        run(context.index());
        // If the shutdown did not wait for this thread, nobody receives it.
        let _ = ended.send(());
    });
    Ok(ends)
}
