//! The idempotency keys that were used. They are removed after 200 days, a limited number at a
//! time.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::answer::{Outcome, Refusal};
use super::key::Key;

/// How long a key is kept: Sidekiq's 25 retries of a job take about 20 days, and the dead set keeps
/// it for 180.
const KEY_TTL: Duration = Duration::from_secs(200 * 24 * 60 * 60);

/// The pause between two purges. A key may stay an hour longer, but it is not used any more.
const PURGE_INTERVAL: Duration = Duration::from_secs(60 * 60);

/// The most keys that are removed at once, so that no call waits long.
const PURGE_BATCH: usize = 1_000;

/// A request that had a key.
pub struct Request {
    /// Its method and path. The same key with another request is an error.
    pub request: String,
    /// The result that was returned.
    pub outcome: Outcome,
    /// Its time, in epoch seconds.
    pub at: u64,
}

/// All keys that were used.
#[derive(Default)]
pub struct Keys {
    requests: BTreeMap<String, Request>,
    /// Time and key of each request, the oldest first, so that a purge reads only old ones.
    by_age: BTreeSet<(u64, String)>,
    /// The time of the last complete purge (since the epoch).
    purged: Option<Duration>,
}

impl Keys {
    /// Returns the result of the request with this key, or `None` if the key is unknown or expired.
    ///
    /// # Errors
    /// [`Refusal::KeyReused`] if the key belongs to another request.
    pub fn outcome_of(&self, key: &Key, request: &str, now: Duration) -> Result<Option<Outcome>, Refusal> {
        match self.requests.get(key.as_str()) {
            Some(known) if is_expired(known.at, now) => Ok(None),
            Some(known) if known.request != request => Err(Refusal::KeyReused(known.request.clone())),
            known => Ok(known.map(|known| known.outcome)),
        }
    }

    /// Returns the keys to remove now, the oldest first; none within an hour after the last purge.
    pub fn expired(&self, now: Duration) -> Vec<(u64, String)> {
        if self.purged_recently(now) {
            return Vec::new();
        }
        let old = self.by_age.iter().take_while(|(at, _)| is_expired(*at, now));
        old.take(PURGE_BATCH).cloned().collect()
    }

    /// Removes the keys that [`expired`](Keys::expired) returned.
    pub fn forget(&mut self, expired: &[(u64, String)], now: Duration) {
        for entry in expired {
            self.by_age.remove(entry);
            self.requests.remove(&entry.1);
        }
        // If more may be left, the next call continues.
        if !self.purged_recently(now) && expired.len() < PURGE_BATCH {
            self.purged = Some(now);
        }
    }

    /// Stores a request. If it replaces one, that one had expired.
    pub fn insert(&mut self, key: String, request: Request) {
        if let Some(old) = self.requests.remove(&key) {
            self.by_age.remove(&(old.at, key.clone()));
        }
        self.by_age.insert((request.at, key.clone()));
        self.requests.insert(key, request);
    }

    fn purged_recently(&self, now: Duration) -> bool {
        // A clock that was set back is also a reason to purge.
        self.purged
            .is_some_and(|last| now.checked_sub(last).is_some_and(|passed| passed < PURGE_INTERVAL))
    }
}

/// Returns true if a key that was used at `at` (epoch seconds) has expired at `now` (since the
/// epoch).
fn is_expired(at: u64, now: Duration) -> bool {
    now.saturating_sub(Duration::from_secs(at)) >= KEY_TTL
}
