//! A server of the code under test that runs in a thread of its test.

use std::fmt::Debug;

use crate::shown::{cut, shown};
use crate::{DEFAULT_TIMEOUT, Kit, Task};

/// A server that runs in a thread of its own until the test stops it. Made by [`Kit::serve`].
///
/// Dropping it requests a stop without waiting for it: otherwise a failed test would hang.
#[must_use = "dropping it asks the server to stop"]
pub struct Running<T> {
    task: Task<T>,
    stop: Box<dyn Fn() + Send>,
}

impl Kit {
    /// Runs a server in a background thread. `stop` requests its stop, and must do nothing if it
    /// has stopped already.
    ///
    /// ```no_run
    /// # struct Server;
    /// # struct Stop;
    /// # impl Stop { fn request(&self) {} }
    /// # impl Server {
    /// #     fn stop(&self) -> Stop { Stop }
    /// #     fn run(self) -> Result<(), String> { Ok(()) }
    /// # }
    /// # let kit = testkit::kit!();
    /// # let server = Server;
    /// let stop = server.stop();
    /// let running = kit.serve(move || server.run(), move || stop.request());
    /// running.stop();
    /// ```
    ///
    /// # Panics
    ///
    /// If no thread can be started.
    #[track_caller]
    pub fn serve<T: Send + 'static>(
        &self,
        run: impl FnOnce() -> T + Send + 'static,
        stop: impl Fn() + Send + 'static,
    ) -> Running<T> {
        Running {
            task: self.spawn(run),
            stop: Box::new(stop),
        }
    }
}

impl<T> Running<T> {
    /// Requests a stop and returns at once.
    pub fn request_stop(&self) {
        (self.stop)();
    }

    /// Returns true if it has ended, by returning or by a panic.
    pub fn is_finished(&self) -> bool {
        self.task.is_finished()
    }

    /// Waits for its result, for at most [`DEFAULT_TIMEOUT`], without requesting a stop. `sentence`
    /// says what should be true.
    ///
    /// # Panics
    ///
    /// Like [`Task::join`].
    #[track_caller]
    pub fn join(self, sentence: &str) -> T {
        self.task.wait(DEFAULT_TIMEOUT, sentence)
    }
}

impl<E: Debug> Running<Result<(), E>> {
    /// Requests a stop and waits until the server has returned `Ok(())`, for at most
    /// [`DEFAULT_TIMEOUT`].
    ///
    /// # Panics
    ///
    /// Like [`Task::join`], and if it returns an error.
    #[track_caller]
    pub fn stop(self) {
        const SENTENCE: &str = "the server stops when it is asked to, and returns Ok(())";
        self.request_stop();
        if let Err(error) = self.task.wait(DEFAULT_TIMEOUT, SENTENCE) {
            let got = cut(&shown(&error), 0);
            self.task.fail(format!("{SENTENCE}\n  got: Err({got})"));
        }
    }
}

impl<T> Drop for Running<T> {
    fn drop(&mut self) {
        self.request_stop();
    }
}
