//! Jobs in flight that go back to their queues: what a stop interrupts, and what the dead have left.

use redis::{Commands, ScanOptions};
use tracing::debug;

use crate::Error;
use crate::server::Shared;
use crate::wire::keys;

/// How many keys a step of a search looks at. Redis answers nobody else meanwhile: about a millisecond.
const STEP: usize = 1_000;

const EXPIRED: &str = "return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', redis.call('TIME')[1], 'WITHSCORES')";

/// Forgets a process, unless it was back since its lease was read, or holds something. `KEYS`: leases, processes, and all by
/// which it holds jobs. `ARGV`: the process, the end of its lease.
const FORGET: &str = r"
if redis.call('ZSCORE', KEYS[1], ARGV[1]) ~= ARGV[2] then return end
for i = 3, #KEYS do if redis.call('TYPE', KEYS[i]).ok == 'list' then return end end
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('SREM', KEYS[2], ARGV[1])
for i = 3, #KEYS do redis.call('DEL', KEYS[i]) end";

/// A full Redis refuses no script that begins by taking something away.
const EXPIRE: &str = "redis.call('ZREM', KEYS[1], ARGV[1]) redis.call('ZADD', KEYS[1], 0, ARGV[1])";

/// Looks for the dead, until the server is over.
pub fn run(shared: &Shared) {
    while !shared.over.wait(shared.config.lease / 5) {
        look(shared).unwrap_or_else(|error| debug!("{error}"));
    }
}

fn look(shared: &Shared) -> Result<(), Error> {
    let mut dead = expired(shared)?;
    dead.retain(|(identity, _)| *identity != shared.identity);
    if dead.is_empty() || !shared.renewals.are_steady() {
        return Ok(());
    }
    let all = all_held(shared)?;
    let recovered = dead
        .iter()
        .map(|(identity, lease)| recover(shared, identity, lease, held_by(&all, identity)));
    // One that cannot be recovered must not keep the others.
    recovered.fold(Ok(()), Result::and)
}

/// Gives back all that this process still holds at its end, when so many of its jobs are `running`. What a thread still does
/// is done twice, perhaps: better than never.
///
/// # Errors
/// [`Error::Unreachable`] and [`Error::Refused`]; some may have gone back.
pub fn give_back_all(shared: &Shared, running: usize) -> Result<(), Error> {
    let held = held_by(&all_held(shared)?, &shared.identity);
    let lists = held.iter().filter(|key| queue(key, &shared.identity).is_some());
    let lists: Vec<_> = lists.collect();
    if running > 0 || !lists.is_empty() {
        todo!("task 5.4: give back what {running} threads still hold in {lists:?}, see docs/step5-threads.md")
    }
    Ok(())
}

/// Gives up this process's lease: what it holds, if anything, is for others to find.
///
/// # Errors
/// As [`give_back_all`].
pub fn leave(shared: &Shared) -> Result<(), Error> {
    let mut expire = redis::cmd("EVAL");
    expire.arg((EXPIRE, 1, keys::LEASES, &shared.identity));
    shared.connections.run(|connection| expire.exec(connection))?;
    let held = held_by(&all_held(shared)?, &shared.identity);
    forget(shared, &shared.identity, "0", held)
}

/// Gives back what a process has left whose `lease` has run out, by these keys, and forgets it.
fn recover(shared: &Shared, identity: &str, lease: &str, held: Vec<String>) -> Result<(), Error> {
    let redis = shared.connections.address();
    todo!("task 5.5: {identity} died at {lease}, give back {held:?} in {redis}, see docs/step5-threads.md")
}

fn forget(shared: &Shared, identity: &str, lease: &str, held: Vec<String>) -> Result<(), Error> {
    let mut forget = redis::cmd("EVAL");
    forget
        .arg((FORGET, 2 + held.len(), keys::LEASES, keys::PROCESSES))
        .arg(held)
        .arg((identity, lease));
    shared.connections.run(|connection| forget.exec(connection))
}

/// All processes whose lease has run out, and when.
fn expired(shared: &Shared) -> Result<Vec<(String, String)>, Error> {
    let mut expired = redis::cmd("EVAL");
    expired.arg((EXPIRED, 1, keys::LEASES));
    let all: Vec<(Vec<u8>, String)> = shared.connections.run(|connection| expired.query(connection))?;
    let text = |(identity, lease)| Some((String::from_utf8(identity).ok()?, lease));
    Ok(all.into_iter().filter_map(text).collect())
}

/// The keys by which processes hold jobs. Whoever claims has a lease, so one whose lease has run out has no new ones. A name that
/// is no text is not ours.
fn all_held(shared: &Shared) -> Result<Vec<String>, Error> {
    let pattern = keys::in_flight("*", "*");
    let all: Vec<Vec<u8>> = shared.connections.run(|connection| {
        let options = ScanOptions::default().with_pattern(&pattern).with_count(STEP);
        connection.scan_options(options)?.collect()
    })?;
    Ok(all.into_iter().filter_map(|key| String::from_utf8(key).ok()).collect())
}

/// Those of one process. Its name is no part of the pattern: a host may be called `a[b`.
fn held_by(all: &[String], identity: &str) -> Vec<String> {
    let own = keys::in_flight(identity, "");
    all.iter().filter(|key| key.starts_with(&own)).cloned().collect()
}

/// The queue of the jobs in a list: `inflight:IDENTITY:HOLDER:QUEUE`.
fn queue<'a>(list: &'a str, identity: &str) -> Option<&'a str> {
    let holder = list.strip_prefix(&keys::in_flight(identity, ""))?;
    Some(holder.split_once(':')?.1)
}
