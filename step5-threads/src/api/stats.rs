//! Statistics of all processes together.

use redis::{Commands, FromRedisValue, RedisResult, Value};

use crate::Error;
use crate::wire::{Connections, keys};

/// The numbers at the top of Sidekiq's Web UI. Created by [`Client::stats`](crate::Client::stats).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stats {
    /// The number of performed jobs, successful or failed, since Redis began to count.
    pub processed: u64,
    /// The number of failed jobs among them.
    pub failed: u64,
    /// The number of running jobs, as of the last heartbeat of each process.
    pub busy: u64,
    /// The number of jobs in all queues.
    pub enqueued: u64,
    /// The number of failed jobs that wait for a retry.
    pub retries: u64,
    /// The number of jobs that wait for their scheduled time.
    pub scheduled: u64,
    /// The number of jobs in the dead set.
    pub dead: u64,
    /// The number of live processes.
    pub processes: u64,
    /// The keys that cannot be read, because any program can write to Redis: they have another
    /// type, or their value is not a number. The other fields leave them out. Bytes that are not
    /// printable ASCII are escaped.
    pub unreadable: Vec<String>,
}

impl Stats {
    pub(crate) fn read(connections: &Connections) -> Result<Stats, Error> {
        connections.with_connection(|connection| {
            let queues: Vec<Vec<u8>> = connection.smembers(keys::QUEUES)?;
            let processes: Vec<Vec<u8>> = connection.smembers(keys::PROCESSES)?;
            let lists: Vec<Vec<u8>> = queues.iter().map(|queue| [b"queue:", &**queue].concat()).collect();
            let mut pipe = redis::pipe();
            pipe.get(keys::PROCESSED).get(keys::FAILED);
            pipe.zcard(keys::RETRY).zcard(keys::SCHEDULE).zcard(keys::DEAD);
            for list in &lists {
                pipe.llen(list);
            }
            for process in &processes {
                pipe.hget(process, "busy");
            }
            let replies: Vec<Value> = pipe.ignore_errors().query(connection)?;
            let mut unreadable = Vec::new();
            let mut counts = Vec::new();
            let names = FIXED_KEYS.map(str::as_bytes).into_iter();
            let names = names.chain(lists.iter().chain(&processes).map(Vec::as_slice));
            for (name, reply) in names.zip(replies) {
                let count = count(reply)?;
                if count.is_none() {
                    unreadable.push(name.escape_ascii().to_string());
                }
                counts.push(count.unwrap_or_default());
            }
            let (fixed, counts) = counts.split_at(FIXED_KEYS.len());
            let (enqueued, busy) = counts.split_at(lists.len());
            Ok(Stats {
                processed: fixed[0],
                failed: fixed[1],
                retries: fixed[2],
                scheduled: fixed[3],
                dead: fixed[4],
                enqueued: sum(enqueued),
                busy: sum(busy),
                processes: processes.len() as u64,
                unreadable,
            })
        })
    }
}

/// The keys that are read first, in this order.
const FIXED_KEYS: [&str; 5] = [keys::PROCESSED, keys::FAILED, keys::RETRY, keys::SCHEDULE, keys::DEAD];

/// Returns the number in a reply, 0 if there is none. Returns `None` if the key has another type,
/// or its value is not a number.
fn count(reply: Value) -> RedisResult<Option<u64>> {
    match reply.extract_error() {
        Ok(value) => Ok(Option::from_redis_value(value).ok().map(Option::unwrap_or_default)),
        Err(error) if error.code() == Some("WRONGTYPE") => Ok(None),
        Err(error) => Err(error),
    }
}

fn sum(counts: &[u64]) -> u64 {
    counts.iter().fold(0, |sum, count| sum.saturating_add(*count))
}
