//! Requests to stop a server.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// A request to stop, shared by the code that makes it (a signal, a test) and the loops that follow
/// it. Clones refer to the same request.
///
/// It is a condition variable and not only a flag, so that a waiting loop wakes up at once.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    shared: Arc<(Mutex<bool>, Condvar)>,
}

impl Stop {
    /// Requests a stop, which cannot be revoked: the server finishes its running jobs, and fetches
    /// no more.
    pub fn request(&self) {
        *self.shared.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.shared.1.notify_all();
    }

    /// Returns true if a stop was requested.
    pub fn is_requested(&self) -> bool {
        *self.shared.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for `timeout`, or until a stop is requested. Returns
    /// [`is_requested`](Stop::is_requested).
    pub fn wait(&self, timeout: Duration) -> bool {
        let requested = self.shared.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self
            .shared
            .1
            .wait_timeout_while(requested, timeout, |requested| !*requested);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}
