//! Jobs in flight that go back to their queues: what is not begun, what a stop interrupts, and what the dead have left.

use std::time::Instant;

use redis::{Commands, ScanOptions};
use tracing::debug;

use crate::shared::Shared;
use crate::{Error, keys};

/// How many keys a step of a search looks at. Redis answers nobody else meanwhile: a millisecond, at most.
const STEP: usize = 1_000;

/// `KEYS`: a list, its queue. `ARGV`: a payload. A script is not undone when a command in it fails: a queue that is no list
/// does not pass the first line.
const GIVE_BACK: &str = r"
redis.call('LLEN', KEYS[2])
if redis.call('LREM', KEYS[1], 1, ARGV[1]) == 1 then redis.call('RPUSH', KEYS[2], ARGV[1]) end";

const EXPIRED: &str = "return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', redis.call('TIME')[1])";

/// Forgets a process, unless it lives or holds something. `KEYS`: leases, processes, and all by which it holds jobs. `ARGV`:
/// the process.
const FORGET: &str = r"
local lease = redis.call('ZSCORE', KEYS[1], ARGV[1])
if lease and tonumber(lease) > tonumber(redis.call('TIME')[1]) then return end
for i = 3, #KEYS do if redis.call('TYPE', KEYS[i]).ok == 'list' then return end end
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('SREM', KEYS[2], ARGV[1])
for i = 3, #KEYS do redis.call('DEL', KEYS[i]) end";

/// Looks for the dead, until the server is over.
pub fn run(shared: &Shared) {
    // After an outage all leases have run out: those who live need time to say so.
    let mut connected: Option<Instant> = None;
    while !shared.over.wait(shared.config.lease / 5) {
        let looked = expired(shared).and_then(|dead| {
            let since = *connected.get_or_insert_with(Instant::now);
            let ready = since.elapsed() > shared.config.lease;
            let others = dead.iter().filter(|identity| ready && **identity != shared.identity);
            // One that cannot be recovered must not keep the others.
            others
                .map(|identity| recover(shared, identity))
                .fold(Ok(()), Result::and)
        });
        if let Err(error) = looked {
            debug!("{error}");
            if matches!(error, Error::Unreachable { .. }) {
                connected = None;
            }
        }
    }
}

/// Gives back jobs that are not begun, each named by the list that holds it, its queue and its payload. The last one is the
/// next to be popped. To do it twice is to do it once.
///
/// # Errors
/// [`Error::Unreachable`] and [`Error::Refused`]; some may have gone back.
pub fn give_back<'a>(shared: &Shared, jobs: impl Iterator<Item = (String, &'a str, &'a Vec<u8>)>) -> Result<(), Error> {
    let mut pipe = redis::pipe();
    for (list, queue, payload) in jobs {
        pipe.cmd("EVAL")
            .arg((GIVE_BACK, 2, list, keys::queue(queue), payload))
            .ignore();
    }
    if pipe.is_empty() {
        return Ok(());
    }
    shared.connections.run(|connection| pipe.exec(connection))
}

/// Gives back all that this process still holds at its end, when so many of its jobs are `running`. What a thread still does
/// is done twice, perhaps: better than never.
///
/// # Errors
/// As [`give_back`].
pub fn give_back_all(shared: &Shared, running: usize) -> Result<(), Error> {
    let held = held_by(shared, &shared.identity)?;
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
/// As [`give_back`].
pub fn leave(shared: &Shared) -> Result<(), Error> {
    let identity = &shared.identity;
    let expire = |connection: &mut redis::Connection| connection.zadd(keys::LEASES, identity, 0);
    let () = shared.connections.run(expire)?;
    forget(shared, identity)
}

/// Gives back what a dead process has left, and forgets it.
fn recover(shared: &Shared, identity: &str) -> Result<(), Error> {
    let held = held_by(shared, identity)?;
    todo!("task 5.5: give back what {identity} has left in {held:?}, see docs/step5-threads.md")
}

fn forget(shared: &Shared, identity: &str) -> Result<(), Error> {
    let held = held_by(shared, identity)?;
    let mut forget = redis::cmd("EVAL");
    forget
        .arg((FORGET, 2 + held.len(), keys::LEASES, keys::PROCESSES))
        .arg(held)
        .arg(identity);
    shared.connections.run(|connection| forget.exec(connection))
}

/// All processes whose lease has run out.
fn expired(shared: &Shared) -> Result<Vec<String>, Error> {
    let mut expired = redis::cmd("EVAL");
    expired.arg((EXPIRED, 1, keys::LEASES));
    shared.connections.run(|connection| expired.query(connection))
}

/// The keys by which a process holds jobs. Whoever claims has a lease, so there are no new ones once that has run out.
fn held_by(shared: &Shared, identity: &str) -> Result<Vec<String>, Error> {
    let pattern = keys::in_flight(identity, "*");
    shared.connections.run(|connection| {
        let options = ScanOptions::default().with_pattern(&pattern).with_count(STEP);
        connection.scan_options(options)?.collect()
    })
}

/// The queue of the jobs in a list: `inflight:IDENTITY:HOLDER:QUEUE`.
fn queue<'a>(list: &'a str, identity: &str) -> Option<&'a str> {
    let holder = list.strip_prefix(&keys::in_flight(identity, ""))?;
    Some(holder.split_once(':')?.1)
}
