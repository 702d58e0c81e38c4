//! Locks for the databases of a Redis that other programs use, too: only an empty database is
//! taken, and a key marks it as taken.

use std::hash::{BuildHasher, RandomState};
use std::process;
use std::thread;
use std::time::{Duration, Instant};

use redis::{Connection, RedisResult, Value, cmd};

use crate::monitor::connect_as_kit;

/// The key that marks a database as taken. Its value is `NONCE SECONDS`, the time by Redis's clock.
pub(crate) const LOCK: &str = "kata:lock";
/// A lock older than this was left by a run that was killed; no test takes a tenth of this time.
const STALE_SECONDS: u64 = 600;
/// How long to wait for a database. If there is only one, all tests of a program take turns.
const LOCK_TIMEOUT: Duration = Duration::from_secs(180);

/// A database that is locked until [`release`](Lock::release).
#[derive(Debug)]
pub(crate) struct Lock {
    pub(crate) database: u32,
    value: String,
    /// The id of the client that took it. Clients that connect later have greater ones.
    pub(crate) taken_by: u64,
}

/// Returns the address with another database in it.
pub(crate) fn with_database(url: &str, database: u32) -> String {
    match redis::parse_redis_url(url) {
        Some(mut parsed) => {
            parsed.set_path(&database.to_string());
            parsed.to_string()
        }
        None => url.to_owned(),
    }
}

impl Lock {
    /// Locks an empty database, or one that a killed run left behind; waits up to three minutes for
    /// one.
    ///
    /// # Errors
    ///
    /// If Redis fails or no database gets free; the text says so.
    pub(crate) fn take(url: &str) -> Result<Lock, String> {
        let failed = |error: redis::RedisError| format!("The Redis that KATA_REDIS_URL names failed: {error}.");
        let candidates = candidates(url).map_err(failed)?;
        let deadline = Instant::now() + LOCK_TIMEOUT;
        loop {
            for &database in &candidates {
                if let Some(lock) = Lock::try_take(url, database).map_err(failed)? {
                    return Ok(lock);
                }
            }
            if Instant::now() > deadline {
                return Err(format!(
                    "None of the databases {candidates:?} of the Redis that KATA_REDIS_URL names became free within {} s: \
                     each holds data or is in use.\nEmpty one, or let the address name an empty one, such as \
                     redis://127.0.0.1:6379/15.",
                    LOCK_TIMEOUT.as_secs()
                ));
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn try_take(url: &str, database: u32) -> RedisResult<Option<Lock>> {
        let mut redis = connect_as_kit(&with_database(url, database))?;
        let (now, _): (u64, u64) = cmd("TIME").query(&mut redis)?;
        let value = format!("{}-{:x} {now}", process::id(), RandomState::new().hash_one(now));
        let held: Option<Vec<u8>> = match cmd("GET").arg(LOCK).query(&mut redis) {
            // If this key is not a string, the kit did not write it.
            Err(error) if error.code() == Some("WRONGTYPE") => return Ok(None),
            other => other?,
        };
        let taken = match held {
            None => take_empty(&mut redis, &value)?,
            Some(old) if is_stale(&old, now) => replace(&mut redis, &old, Some(&value))?,
            Some(_) => false,
        };
        if !taken {
            return Ok(None);
        }
        // Where CLIENT is forbidden, no client counts as a later one.
        let taken_by = cmd("CLIENT").arg("ID").query(&mut redis).unwrap_or(u64::MAX);
        Ok(Some(Lock {
            database,
            value,
            taken_by,
        }))
    }

    /// Empties the database if the lock is still ours.
    pub(crate) fn release(&self, redis: &mut Connection) -> RedisResult<()> {
        replace(redis, self.value.as_bytes(), None).map(drop)
    }
}

/// Returns the databases to try: the one that the address names, or else all.
fn candidates(url: &str) -> RedisResult<Vec<u32>> {
    let named = redis::parse_redis_url(url).and_then(|url| url.path().trim_matches('/').parse().ok());
    if let Some(database) = named {
        return Ok(vec![database]);
    }
    let answer: RedisResult<Vec<String>> = cmd("CONFIG")
        .arg("GET")
        .arg("databases")
        .query(&mut connect_as_kit(url)?);
    // A hosted Redis may forbid CONFIG; 16 is Redis's default.
    let count = answer.ok().and_then(|pair| pair.last()?.parse().ok()).unwrap_or(16);
    Ok((0..count).collect())
}

/// Locks the database if it is empty before, and holds only the lock after it.
fn take_empty(redis: &mut Connection, value: &str) -> RedisResult<bool> {
    let size = |redis: &mut Connection| cmd("DBSIZE").query::<u64>(redis);
    if size(redis)? > 0 {
        return Ok(false);
    }
    if cmd("SET").arg(LOCK).arg(value).arg("NX").query::<Value>(redis)? == Value::Nil {
        return Ok(false);
    }
    if size(redis)? == 1 {
        return Ok(true);
    }
    cmd("DEL").arg(LOCK).query::<u64>(redis)?;
    Ok(false)
}

/// Returns true if the kit wrote this lock, so long ago that its owner must be gone.
fn is_stale(value: &[u8], now: u64) -> bool {
    let written = std::str::from_utf8(value)
        .ok()
        .and_then(|text| text.split_once(' ')?.1.parse::<u64>().ok());
    written.is_some_and(|written| now.saturating_sub(written) > STALE_SECONDS)
}

/// Empties the database and locks it with `new`, in one transaction, if `old` is still its lock.
fn replace(redis: &mut Connection, old: &[u8], new: Option<&str>) -> RedisResult<bool> {
    cmd("WATCH").arg(LOCK).query::<()>(redis)?;
    let held: Option<Vec<u8>> = cmd("GET").arg(LOCK).query(redis)?;
    if held.as_deref() != Some(old) {
        cmd("UNWATCH").query::<()>(redis)?;
        return Ok(false);
    }
    let mut transaction = redis::pipe();
    transaction.atomic().cmd("FLUSHDB");
    if let Some(new) = new {
        transaction.cmd("SET").arg(LOCK).arg(new);
    }
    Ok(transaction.query::<Value>(redis)? != Value::Nil)
}
