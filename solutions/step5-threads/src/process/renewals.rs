//! The renewals of a lease, and how long they have been in time.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The renewals of the lease of this process.
pub struct Renewals {
    lease: Duration,
    /// Since when each was in time, and when the last was; `None` after one that failed.
    row: Mutex<Option<(Instant, Instant)>>,
}

impl Renewals {
    /// Those of a lease of this length. There is none yet.
    pub fn new(lease: Duration) -> Renewals {
        Renewals {
            lease,
            row: Mutex::default(),
        }
    }

    /// Notes one that ends now.
    pub fn note(&self, succeeded: bool) {
        let mut row = self.row.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let unbroken = row.filter(|(_, last)| self.is_in_time(*last));
        let since = unbroken.map_or(now, |(since, _)| since);
        *row = succeeded.then_some((since, now));
    }

    /// Whether all of them were in time for as long as a lease. Then the others had time to renew theirs, too: after an outage all
    /// leases have run out, and who was frozen was so with others.
    pub fn are_steady(&self) -> bool {
        let row = *self.row.lock().unwrap_or_else(PoisonError::into_inner);
        row.is_some_and(|(since, last)| since.elapsed() > self.lease && self.is_in_time(last))
    }

    fn is_in_time(&self, last: Instant) -> bool {
        last.elapsed() < self.lease / 2
    }
}
