//! Jobs in flight that go back to their queues: what a stop interrupts, and what the dead have left.

use redis::{Commands, ScanOptions};
use tracing::{debug, warn};

use crate::server::Shared;
use crate::wire::{clock, keys};
use crate::{Error, Job};

/// How many processes a job may see die while it is in flight: at the third, it is taken for the reason.
const DEATHS: usize = 3;

/// How long it is remembered that a job was recovered, in seconds: 72 hours.
const MEMORY: u64 = 72 * 3_600;

/// How many keys a step of a search looks at. Redis answers nobody else meanwhile: about a millisecond.
const STEP: usize = 1_000;

/// `KEYS`: a list, its queue, queues. `ARGV`: the queue's name, which may have been cleared meanwhile, and payloads. A script is
/// not undone when a command in it fails: a queue that is no list does not pass the first line.
const GIVE_BACK: &str = r"
redis.call('LLEN', KEYS[2])
for i = 2, #ARGV do
  if redis.call('LREM', KEYS[1], 1, ARGV[i]) == 1 then
    redis.call('RPUSH', KEYS[2], ARGV[i])
    redis.pcall('SADD', KEYS[3], ARGV[1])
  end
end";

const EXPIRED: &str = "return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', redis.call('TIME')[1], 'WITHSCORES')";

/// As `GIVE_BACK`, for a process that is dead. `KEYS`: a list, its queue, queues, leases, recovered, dead, what of this process
/// is counted. `ARGV`: a payload, the queue's name, the process, what to keep in `dead` if this is one death too many (if
/// anything), now, how long to remember, how many deaths are too many. Returns how many it has seen.
const RECOVER: &str = r"
local list, queue, queues, leases, recovered, dead, counted = unpack(KEYS)
local payload, name, process, grave, now, memory, most = unpack(ARGV)
local lease = redis.call('ZSCORE', leases, process)
if lease and tonumber(lease) > tonumber(redis.call('TIME')[1]) then return 0 end
-- A payload may be there more than once, and be in several lists: the process has died once.
local deaths = redis.call('HGET', counted, payload) or (tonumber(redis.call('HGET', recovered, payload) or 0) or 0) + 1
local last = tonumber(deaths) >= tonumber(most)
if last then redis.call('ZCARD', dead) else redis.call('LLEN', queue) end
if redis.call('LREM', list, 1, payload) == 0 then return 0 end
redis.call('HSET', counted, payload, deaths)
if not last then
  redis.call('HSET', recovered, payload, deaths)
  redis.call('EXPIRE', recovered, memory)
  redis.call('RPUSH', queue, payload)
  redis.pcall('SADD', queues, name)
else
  redis.call('HDEL', recovered, payload)
  if grave ~= '' then redis.call('ZADD', dead, now, grave) end
end
return tonumber(deaths)";

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

/// Gives back jobs of one list to its queue. The last one is the next to be popped. To do it twice is to do it once.
fn give_back(shared: &Shared, list: &str, queue: &str, payloads: &[Vec<u8>]) -> Result<(), Error> {
    let mut give_back = redis::cmd("EVAL");
    give_back.arg((GIVE_BACK, 3, list, keys::queue(queue), keys::QUEUES, queue, payloads));
    shared.connections.run(|connection| give_back.exec(connection))
}

/// Gives back all that this process still holds at its end, when so many of its jobs are `running`. What a thread still does
/// is done twice, perhaps: better than never.
///
/// # Errors
/// [`Error::Unreachable`] and [`Error::Refused`]; some may have gone back.
pub fn give_back_all(shared: &Shared, running: usize) -> Result<(), Error> {
    let held = held_by(&all_held(shared)?, &shared.identity);
    let given_back = held.iter().filter_map(|list| {
        let queue = queue(list, &shared.identity)?;
        let payloads = shared.connections.run(|connection| connection.lrange(list, 0, -1));
        Some(payloads.and_then(|payloads: Vec<Vec<u8>>| give_back(shared, list, queue, &payloads)))
    });
    // One that cannot go back must not keep the others.
    let given_back = given_back.fold(Ok(()), Result::and);
    // Told last: nobody may read the log, and then this is where it ends.
    if running > 0 {
        warn!("{running} jobs take too long, and go back to their queues");
    }
    given_back
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
fn recover(shared: &Shared, identity: &str, lease: &str, mut held: Vec<String>) -> Result<(), Error> {
    // All are looked at, even if one meets an error.
    let lists: Vec<_> = held.iter().map(|list| recover_list(shared, identity, list)).collect();
    let recovered: usize = lists.iter().flatten().sum();
    if recovered > 0 {
        warn!("{identity} is dead, and {recovered} jobs that it held go back to their queues");
    }
    lists.into_iter().collect::<Result<Vec<_>, _>>()?;
    held.push(keys::in_flight(identity, "counted"));
    forget(shared, identity, lease, held)
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
            7,
            list,
            keys::queue(queue),
            keys::QUEUES,
            keys::LEASES,
            keys::RECOVERED,
            keys::DEAD,
            keys::in_flight(identity, "counted"),
        ));
        recover.arg((payload, queue, identity, grave(payload, queue)));
        recover.arg((clock::now(), MEMORY, DEATHS));
        let deaths: usize = shared.connections.run(|connection| recover.query(connection))?;
        if deaths >= DEATHS {
            warn!(payload = %String::from_utf8_lossy(payload), "given up: {DEATHS} processes died with it");
        } else {
            recovered += deaths.min(1);
        }
    }
    Ok(recovered)
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
