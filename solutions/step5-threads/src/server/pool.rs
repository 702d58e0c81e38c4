//! The threads of the processors.

use std::sync::mpsc::{Receiver, channel};

use rayon::ThreadPoolBuilder;

use crate::Error;

/// Calls `run` once in each of `threads` new threads, with the number of the thread, from 0. Each
/// thread sends a message when it has ended. A thread that panics sends none, and does not end the
/// others.
///
/// # Errors
/// [`Error::Thread`] if the system cannot start another thread.
pub fn run(threads: usize, run: impl Fn(usize) + Send + Sync + 'static) -> Result<Receiver<()>, Error> {
    let (ended, ends) = channel();
    let pool = ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|number| format!("processor-{number}"))
        // Without it, rayon would abort the process.
        .panic_handler(|_| ())
        .build()
        .map_err(|error| Error::Thread(std::io::Error::other(error)))?;
    pool.spawn_broadcast(move |context| {
        run(context.index());
        // The receiver is gone if the shutdown did not wait for this thread.
        let _ = ended.send(());
    });
    Ok(ends)
}
