//! Jobs in flight that go back to their queues: what is not begun, what a stop interrupts, and what the dead have left.

use std::time::Instant;

use redis::{Commands, ScanOptions};
use tracing::{debug, warn};

use crate::shared::Shared;
use crate::{Error, Job, clock, keys};

/// How many processes a job may see die while it is in flight: at the third, it is taken for the reason.
const DEATHS: usize = 3;

/// How long it is remembered that a job was recovered, in seconds: 72 hours.
const MEMORY: u64 = 72 * 3_600;

/// How many keys a step of a search looks at. Redis answers nobody else meanwhile: a millisecond, at most.
const STEP: usize = 1_000;

/// `KEYS`: a list, its queue. `ARGV`: a payload. A script is not undone when a command in it fails: a queue that is no list
/// does not pass the first line.
const GIVE_BACK: &str = r"
redis.call('LLEN', KEYS[2])
if redis.call('LREM', KEYS[1], 1, ARGV[1]) == 1 then redis.call('RPUSH', KEYS[2], ARGV[1]) end";

const EXPIRED: &str = "return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', redis.call('TIME')[1])";

/// The same for a process that is dead. `KEYS`: a list, its queue, leases, recovered, dead, what of this process is counted.
/// `ARGV`: the process, a payload, what to keep in `dead` if this is one death too many (if anything), now, how long to
/// remember, how many deaths are too many. Returns how many it has seen.
const RECOVER: &str = r"
local lease = redis.call('ZSCORE', KEYS[3], ARGV[1])
if lease and tonumber(lease) > tonumber(redis.call('TIME')[1]) then return 0 end
-- A payload may be there more than once, and be in several lists: the process has died once.
local deaths = tonumber(redis.call('HGET', KEYS[4], ARGV[2]) or 0)
if redis.call('SISMEMBER', KEYS[6], ARGV[2]) == 0 or deaths == 0 then deaths = deaths + 1 end
local last = deaths >= tonumber(ARGV[6])
if last then redis.call('ZCARD', KEYS[5]) else redis.call('LLEN', KEYS[2]) end
if redis.call('LREM', KEYS[1], 1, ARGV[2]) == 0 then return 0 end
redis.call('SADD', KEYS[6], ARGV[2])
if not last then
  redis.call('HSET', KEYS[4], ARGV[2], deaths)
  redis.call('EXPIRE', KEYS[4], ARGV[5])
  redis.call('RPUSH', KEYS[2], ARGV[2])
else
  redis.call('HDEL', KEYS[4], ARGV[2])
  if ARGV[3] ~= '' then redis.call('ZADD', KEYS[5], ARGV[4], ARGV[3]) end
end
return deaths";

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
    if running > 0 {
        warn!("{running} jobs take too long, and go back to their queues");
    }
    for key in held_by(shared, &shared.identity)? {
        if let Some(queue) = queue(&key, &shared.identity) {
            let payloads: Vec<Vec<u8>> = shared.connections.run(|connection| connection.lrange(&key, 0, -1))?;
            give_back(shared, payloads.iter().map(|payload| (key.clone(), queue, payload)))?;
        }
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
    // All are looked at, even if one meets an error.
    let recovered: Vec<_> = held.iter().map(|list| recover_list(shared, identity, list)).collect();
    let recovered: usize = recovered.into_iter().sum::<Result<_, _>>()?;
    if recovered > 0 {
        warn!("{identity} is dead, and {recovered} jobs that it held go back to their queues");
    }
    forget(shared, identity)
}

fn recover_list(shared: &Shared, identity: &str, list: &str) -> Result<usize, Error> {
    let Some(queue) = queue(list, identity) else {
        return Ok(0);
    };
    let payloads: Vec<Vec<u8>> = shared.connections.run(|connection| connection.lrange(list, 0, -1))?;
    let mut recovered = 0;
    for payload in &payloads {
        let mut recover = redis::cmd("EVAL");
        recover.arg((
            RECOVER,
            6,
            list,
            keys::queue(queue),
            keys::LEASES,
            keys::RECOVERED,
            keys::DEAD,
            keys::in_flight(identity, "counted"),
        ));
        recover.arg((identity, payload, grave(payload, queue), clock::now(), MEMORY, DEATHS));
        let deaths: usize = shared.connections.run(|connection| recover.query(connection))?;
        if deaths >= DEATHS {
            warn!(payload = %String::from_utf8_lossy(payload), "given up: {DEATHS} processes died with it");
        } else {
            recovered += deaths.min(1);
        }
    }
    Ok(recovered)
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

/// What is kept in `dead` of a job that is taken for the reason why processes die; nothing, if it wants no grave.
fn grave(payload: &[u8], queue: &str) -> Vec<u8> {
    let Ok(mut job) = Job::parse(payload) else {
        return payload.to_owned();
    };
    if job.get("dead") == Some(false) {
        return Vec::new();
    }
    job.identify();
    job.record("queue", queue);
    job.record("error_class", "PoisonPill");
    job.record(
        "error_message",
        format!("{DEATHS} processes died while it was in flight"),
    );
    if job.raw("failed_at").is_none() {
        job.record("failed_at", clock::now());
    }
    job.to_string().into_bytes()
}
