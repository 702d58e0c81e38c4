//! The sorted sets: jobs that wait for their time (`schedule`, `retry`), and dead jobs (`dead`).

use std::sync::Arc;

use redis::{Commands, RedisResult};

use crate::job::DEFAULT_QUEUE;
use crate::perform::malformed_entry;
use crate::wire::{Connections, is_outage, keys};
use crate::{Decision, Error, Job};

/// The page size: how many due jobs are read at once and moved in one round trip. The jobs may be
/// large, so a page of ten times the size would block other clients of Redis for milliseconds.
const PAGE_SIZE: isize = 100;

/// How long a dead job is kept, in seconds: 180 days, as in Sidekiq.
const DEAD_AGE: f64 = 180.0 * 86_400.0;

/// The maximum number of dead jobs: the newest 10,000 are kept, as in Sidekiq.
const DEAD_COUNT: isize = 10_000;

/// Moves a member that is not a job from a sorted set to `dead`, if it is still in the set. `KEYS`
/// are the set and `dead`; `ARGV` are the member, the entry for `dead` and the time.
///
/// A script is atomic: if two processes find the same member, only one of them moves it, and after
/// a crash the member is in one of the two places. But a script is not rolled back if one of its
/// commands fails. So the first line reads `dead`, and fails if it has another type. The first
/// *write* removes something, because after that a full Redis allows the other writes.
const MOVE_TO_DEAD: &str = r"
redis.call('ZCARD', KEYS[2])
if redis.call('ZREM', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[2])
return 1";

/// Moves a job to a queue in the same way. `KEYS` are the set, `queues` and the queue's list;
/// `ARGV` are the member, the queue's name and the new payload. `queues` only serves programs that
/// list the queues, so an error of `SADD` is ignored.
const ENQUEUE: &str = r"
redis.call('LLEN', KEYS[3])
if redis.call('ZREM', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.pcall('SADD', KEYS[2], ARGV[2])
redis.call('LPUSH', KEYS[3], ARGV[3])
return 1";

/// Sidekiq's three sorted sets. Clones share their connections.
#[derive(Clone)]
pub struct SortedSets {
    connections: Arc<Connections>,
}

impl SortedSets {
    /// Creates the sorted sets that are reached through these connections.
    pub fn new(connections: Arc<Connections>) -> SortedSets {
        SortedSets { connections }
    }

    /// Applies the decision about a failed job. A job that goes to `dead` dies at `now`, a Unix
    /// time in seconds. Applying the same decision twice does no harm, because a sorted set
    /// contains a payload only once.
    ///
    /// A dead job makes room, too: jobs that died at least 180 days before it are deleted, and all
    /// but the newest 10,000.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`]; then the decision may have been applied or
    /// not.
    pub fn apply(&self, decision: &Decision, now: f64) -> Result<(), Error> {
        match decision {
            Decision::Retry { payload, at } => self
                .connections
                .with_connection(|connection| connection.zadd(keys::RETRY, payload, at)),
            Decision::Dead(payload) => self.connections.with_connection(|connection| {
                redis::pipe()
                    .atomic()
                    .zadd(keys::DEAD, payload, now)
                    .zrembyscore(keys::DEAD, "-inf", now - DEAD_AGE)
                    .zremrangebyrank(keys::DEAD, 0, -DEAD_COUNT - 1)
                    .exec(connection)
            }),
            Decision::Discard => Ok(()),
        }
    }

    /// Completes the job ([`Job::normalize`]) and adds it to `schedule`, where it waits until `at`.
    /// Returns its jid. Times are Unix times in seconds. The job has no `enqueued_at` until it is
    /// moved to its queue.
    ///
    /// # Errors
    /// The errors of [`Client::push`](crate::Client::push).
    pub fn schedule(&self, mut job: Job, at: f64, now: f64) -> Result<String, Error> {
        job.normalize(now)?;
        job.remove("enqueued_at");
        self.connections
            .with_connection(|connection| redis::pipe().zadd(keys::SCHEDULE, job.to_string(), at).exec(connection))?;
        Ok(job.jid().unwrap_or_default())
    }

    /// Moves the jobs that are due at `now`, a Unix time in seconds, to their queues: up to 100
    /// jobs of `retry`, then up to 100 of `schedule`. If some jobs of a set cannot be moved, all
    /// others that are due are moved. A member that is not a job goes to `dead`. Returns the number
    /// of moved members, without those that another process has moved in the meantime.
    ///
    /// # Errors
    /// [`Error::Unreachable`], and [`Error::Refused`] if some members could not be moved; those
    /// stay in their set.
    pub fn enqueue_due(&self, now: f64) -> Result<usize, Error> {
        // Both sets are tried, even if one fails.
        let moved = [keys::RETRY, keys::SCHEDULE].map(|set| self.enqueue(set, now));
        moved.into_iter().sum()
    }

    /// Moves the due jobs of one set. Returns how many this call has moved.
    fn enqueue(&self, set: &str, now: f64) -> Result<usize, Error> {
        let (mut moved, mut refused) = (0, Vec::new());
        loop {
            // The rejected jobs are still the earliest ones. Skip them, so that the due jobs behind
            // them do not wait.
            let replies = self.enqueue_page(refused.len(), set, now)?;
            // Or other processes have moved all of them; the next poll finds those behind them.
            let end = replies.iter().all(|reply| matches!(reply, Ok(0)));
            for reply in replies {
                match reply {
                    Ok(count) => moved += count,
                    Err(error) => refused.push(error),
                }
            }
            if end || refused.is_empty() {
                let refused = refused.pop().map(|error| self.connections.error(error));
                return refused.map_or(Ok(moved), Err);
            }
        }
    }

    /// Moves up to 100 due jobs, without the earliest `offset` ones. Returns Redis's reply for
    /// each: 1 if this call has moved it, and 0 if another process has.
    fn enqueue_page(&self, offset: usize, set: &str, now: f64) -> Result<Vec<RedisResult<usize>>, Error> {
        self.connections.with_connection(|connection| {
            let due: Vec<Vec<u8>> = connection.zrangebyscore_limit(set, "-inf", now, offset as isize, PAGE_SIZE)?;
            if due.is_empty() {
                return Ok(Vec::new());
            }
            let mut pipe = redis::pipe();
            for payload in due {
                let Ok(mut job) = Job::parse(&payload) else {
                    let entry = malformed_entry(&payload, DEFAULT_QUEUE, now);
                    pipe.cmd("EVAL")
                        .arg((MOVE_TO_DEAD, 2, set, keys::DEAD, payload, entry, now));
                    continue;
                };
                job.set_value("enqueued_at", now);
                let queue = job.queue();
                pipe.cmd("EVAL")
                    .arg((ENQUEUE, 3, set, keys::QUEUES, keys::queue(&queue)))
                    .arg((payload, queue, job.to_string()));
            }
            let replies: Vec<RedisResult<usize>> = pipe.ignore_errors().query(connection)?;
            // If Redis is not available, the page fails as a whole, so that the connection is
            // closed.
            let or_outage = |reply| match reply {
                Err(reason) if is_outage(&reason) => Err(reason),
                reply => Ok(reply),
            };
            replies.into_iter().map(or_outage).collect()
        })
    }
}
