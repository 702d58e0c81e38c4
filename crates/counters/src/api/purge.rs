//! Forgetting old keys, little by little.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use redb::WriteTransaction;

use super::store::{KEYS, KEYS_BY_AGE};

/// How long a key is kept: Sidekiq's 25 retries of a job take some 20 days, and the dead set keeps it for 180.
const KEPT: Duration = Duration::from_secs(200 * 24 * 60 * 60);

/// The pause between two purges. A key may so live an hour too long; nobody counts on that, as it no longer answers.
const PAUSE: Duration = Duration::from_secs(60 * 60);

/// The most keys forgotten at once, so that no call has to wait long.
const AT_ONCE: usize = 1_000;

/// Whether a key that was used at `at` (epoch seconds) has outlived its time at `now` (since the epoch).
pub fn too_old(at: u64, now: Duration) -> bool {
    now.saturating_sub(Duration::from_secs(at)) >= KEPT
}

/// Forgets old keys, unless that was done within the last hour. `purged` is when it was (since the epoch).
///
/// # Errors
/// The disk failed.
pub fn now_and_then(
    transaction: &WriteTransaction,
    now: Duration,
    purged: &Mutex<Option<Duration>>,
) -> Result<(), redb::Error> {
    let mut purged = purged.lock().unwrap_or_else(PoisonError::into_inner);
    // A clock that was set back counts as a reason, too.
    if purged.is_some_and(|last| now.checked_sub(last).is_some_and(|passed| passed < PAUSE)) {
        return Ok(());
    }
    let Some(last_too_old) = now.checked_sub(KEPT) else {
        return Ok(());
    };
    let mut ages = transaction.open_table(KEYS_BY_AGE)?;
    let mut keys = transaction.open_table(KEYS)?;
    let mut forgotten = 0;
    let range = ..(last_too_old.as_secs() + 1, "");
    for entry in ages.extract_from_if(range, |_, ()| true)?.take(AT_ONCE) {
        let (age, _) = entry?;
        keys.remove(age.value().1)?;
        forgotten += 1;
    }
    // With more left, the next call goes on.
    *purged = (forgotten < AT_ONCE).then_some(now);
    Ok(())
}
