//! The jobs that are in no queue: they wait for their time (`schedule`, `retry`), or are given up (`dead`).

use std::sync::Arc;

use redis::{Commands, RedisResult};

use crate::wire::{Connections, keys};
use crate::{Error, Job, Verdict};

/// How many due jobs are read at once and moved in one round trip. With ten times as many, which may be large, other clients
/// of Redis would wait for milliseconds.
const BATCH: isize = 100;

/// How long a dead job is kept, in seconds: 180 days, as Sidekiq does.
const DEAD_AGE: f64 = 180.0 * 86_400.0;

/// How many dead jobs are kept, the newest ones: 10,000, as Sidekiq does.
const DEAD_COUNT: isize = 10_000;

/// Moves a job from a sorted set to a queue, if it is still there: `KEYS` are the set, `queues` and the queue's list,
/// `ARGV` is the member, the queue's name and the new payload.
///
/// A script runs as a whole, so of two processes that found the same job one moves it, and a crash finds it in one of
/// the two places. But it is not undone when a command in it fails: hence the first line, which keys of another type
/// do not pass. The first *write* takes something away, so that a full Redis allows it, and what follows.
const ENQUEUE: &str = r"
redis.call('SCARD', KEYS[2]) redis.call('LLEN', KEYS[3])
if redis.call('ZREM', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('SADD', KEYS[2], ARGV[2])
redis.call('LPUSH', KEYS[3], ARGV[3])
return 1";

/// The same for a member that is no job: `KEYS` are the set and `dead`, `ARGV` is the member and the time.
const BURY: &str = r"
redis.call('ZCARD', KEYS[2])
if redis.call('ZREM', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
return 1";

/// Sidekiq's three sorted sets in one Redis. Clones share its connections.
#[derive(Clone)]
pub struct SortedSets {
    connections: Arc<Connections>,
}

impl SortedSets {
    /// The sets of the Redis that these lead to.
    pub fn new(connections: Arc<Connections>) -> SortedSets {
        SortedSets { connections }
    }

    /// Does what was decided of a failed job; if it dies, it dies `now`, in seconds since 1970 UTC. To do it twice is to do
    /// it once: a sorted set holds a payload once only.
    ///
    /// A death makes room, too: what died 180 days before it or earlier goes, and all but the newest 10,000.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`]; then it may have been done or not.
    pub fn settle(&self, verdict: &Verdict, now: f64) -> Result<(), Error> {
        match verdict {
            Verdict::Retry { payload, at } => self
                .connections
                .run(|connection| connection.zadd(keys::RETRY, payload, at)),
            Verdict::Dead(payload) => self.connections.run(|connection| {
                redis::pipe()
                    .atomic()
                    .zadd(keys::DEAD, payload, now)
                    .zrembyscore(keys::DEAD, "-inf", now - DEAD_AGE)
                    .zremrangebyrank(keys::DEAD, 0, -DEAD_COUNT - 1)
                    .exec(connection)
            }),
            Verdict::Dropped => Ok(()),
        }
    }

    /// Completes the job ([`Job::normalize`]) and lets it wait in `schedule` until `at`. Returns its jid. Times are in
    /// seconds since 1970 UTC. It has no `enqueued_at` until it is enqueued.
    ///
    /// # Errors
    /// As [`Client::push`](crate::Client::push).
    pub fn schedule(&self, mut job: Job, at: f64, now: f64) -> Result<String, Error> {
        job.normalize(now)?;
        job.remove("enqueued_at");
        self.connections
            .run(|connection| redis::pipe().zadd(keys::SCHEDULE, job.to_string(), at).exec(connection))?;
        Ok(job.jid().unwrap_or_default())
    }

    /// Moves what is due at `now`, in seconds since 1970 UTC, to its queues: up to 100 jobs of `retry`, then as many of
    /// `schedule`; all of a set, if some of it cannot be moved. A member that is no job goes to `dead`. Returns how many it
    /// moved, to whichever place; what others moved meanwhile is not counted.
    ///
    /// # Errors
    /// [`Error::Unreachable`], and [`Error::Refused`] if one or more could not be moved: those stay where they are.
    pub fn enqueue_due(&self, now: f64) -> Result<usize, Error> {
        // Both are looked at, even if one meets an error.
        let moved = [keys::RETRY, keys::SCHEDULE].map(|set| self.enqueue(set, now));
        moved.into_iter().sum()
    }

    /// Moves what is due of one set; how many were still there.
    fn enqueue(&self, set: &str, now: f64) -> Result<usize, Error> {
        let (mut moved, mut refused) = (0, Vec::new());
        loop {
            // What was refused is still the earliest, and what is due behind it must not wait for it.
            let answers = self.enqueue_behind(refused.len(), set, now)?;
            let end = answers.is_empty();
            for answer in answers {
                match answer {
                    Ok(one) => moved += one,
                    Err(error) => refused.push(error),
                }
            }
            if end || refused.is_empty() {
                let refused = refused.pop().map(|error| self.connections.error(error));
                return refused.map_or(Ok(moved), Err);
            }
        }
    }

    /// Moves up to 100 that are due, behind the earliest `skipped`. What Redis answered for each: whether it was still there.
    fn enqueue_behind(&self, skipped: usize, set: &str, now: f64) -> Result<Vec<RedisResult<usize>>, Error> {
        self.connections.run(|connection| {
            let due: Vec<Vec<u8>> = connection.zrangebyscore_limit(set, "-inf", now, skipped as isize, BATCH)?;
            if due.is_empty() {
                return Ok(Vec::new());
            }
            let mut pipe = redis::pipe();
            for payload in due {
                let Ok(mut job) = Job::parse(&payload) else {
                    pipe.cmd("EVAL").arg((BURY, 2, set, keys::DEAD, payload, now));
                    continue;
                };
                job.record("enqueued_at", now);
                let queue = job.queue();
                pipe.cmd("EVAL")
                    .arg((ENQUEUE, 3, set, keys::QUEUES, keys::queue(&queue)))
                    .arg((payload, queue, job.to_string()));
            }
            pipe.ignore_errors().query(connection)
        })
    }
}
