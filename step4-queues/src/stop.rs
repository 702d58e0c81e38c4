//! Asking a running server to stop.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// A request to stop, shared by whoever asks (a signal, a test) and the loops that obey. Clones are the same request.
///
/// A condition variable instead of a bare flag, so that a loop that waits is woken at once.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    shared: Arc<(Mutex<bool>, Condvar)>,
}

impl Stop {
    /// Asks to stop, once and for all: finish the job at hand, fetch no other.
    pub fn request(&self) {
        *self.shared.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.shared.1.notify_all();
    }

    /// Whether somebody has asked.
    pub fn is_requested(&self) -> bool {
        *self.shared.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for `timeout`, or until somebody asks. Returns [`is_requested`](Stop::is_requested).
    pub fn wait(&self, timeout: Duration) -> bool {
        let requested = self.shared.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self
            .shared
            .1
            .wait_timeout_while(requested, timeout, |requested| !*requested);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}
