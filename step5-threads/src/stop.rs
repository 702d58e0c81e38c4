//! Asking a running server to stop.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// A request to be quiet or to stop, shared by whoever asks (a signal, a test) and the loops that obey. Clones are the same request.
///
/// A condition variable instead of a bare flag, so that a loop that waits is woken at once.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    shared: Arc<(Mutex<bool>, Condvar)>,
    /// Beside the lock, since it is read before each job, by all threads.
    quiet: Arc<AtomicBool>,
}

impl Stop {
    /// Asks to begin no other job, and to go on living: a deploy says so minutes before it stops a process.
    pub fn quiet(&self) {
        self.quiet.store(true, Ordering::Release);
    }

    /// Whether somebody has asked to be quiet, or to stop.
    pub fn is_quiet(&self) -> bool {
        self.quiet.load(Ordering::Acquire)
    }

    /// Asks to stop, once and for all: finish the job at hand, fetch no other.
    pub fn request(&self) {
        self.quiet();
        *self.shared.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.shared.1.notify_all();
    }

    /// Whether somebody has asked to stop.
    pub fn is_requested(&self) -> bool {
        *self.shared.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for `timeout`, or until somebody asks to stop. Returns [`is_requested`](Stop::is_requested).
    pub fn wait(&self, timeout: Duration) -> bool {
        let requested = self.shared.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self
            .shared
            .1
            .wait_timeout_while(requested, timeout, |requested| !*requested);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}
