//! Inspects one queue.

use std::sync::Arc;

use redis::Commands;

use crate::wire::{Connections, keys};
use crate::{Error, Job};

/// Deletes a queue. `KEYS` are its list and `queues`, `ARGV` is its name. This is a script and not
/// a `MULTI`, because a script ends at `LLEN` if the key is not a list. A `MULTI` would go on and
/// delete the key.
const CLEAR: &str = r"
local jobs = redis.call('LLEN', KEYS[1])
redis.call('SREM', KEYS[2], ARGV[1])
redis.call('UNLINK', KEYS[1])
return jobs";

/// One queue in Redis, for monitoring. Created by [`Client::queue`](crate::Client::queue).
#[derive(Clone)]
pub struct Queue {
    connections: Arc<Connections>,
    name: String,
}

impl Queue {
    pub(crate) fn new(connections: Arc<Connections>, name: String) -> Queue {
        Queue { connections, name }
    }

    /// Returns the queue's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the number of jobs in the queue.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`].
    pub fn size(&self) -> Result<u64, Error> {
        self.connections
            .with_connection(|connection| connection.llen(keys::queue(&self.name)))
    }

    /// Returns the queue's latency in seconds: how long its next job has been waiting at `now`, a
    /// Unix time in seconds. It is 0 if the queue is empty, or if the next job has no valid
    /// `enqueued_at`.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`].
    pub fn latency(&self, now: f64) -> Result<f64, Error> {
        let next = self.peek(1)?;
        let job = next.first().and_then(|payload| Job::parse(payload).ok());
        let since = job.as_ref().and_then(|job| seconds(job.raw("enqueued_at")?));
        Ok(since.map_or(0.0, |since| (now - since).max(0.0)))
    }

    /// Returns the payloads of the next `count` jobs, in the order in which they will be performed.
    /// The jobs stay in the queue.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`].
    pub fn peek(&self, count: u32) -> Result<Vec<Vec<u8>>, Error> {
        if count == 0 {
            return Ok(Vec::new());
        }
        let first = -(count as isize);
        let key = keys::queue(&self.name);
        let mut payloads: Vec<Vec<u8>> = self
            .connections
            .with_connection(|connection| connection.lrange(&key, first, -1))?;
        payloads.reverse();
        Ok(payloads)
    }

    /// Deletes all jobs of the queue. Its name leaves the set of queues, until the next push.
    /// Returns the number of deleted jobs.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`].
    pub fn clear(&self) -> Result<u64, Error> {
        let mut clear = redis::cmd("EVAL");
        clear.arg((CLEAR, 2, keys::queue(&self.name), keys::QUEUES, &self.name));
        self.connections.with_connection(|connection| clear.query(connection))
    }
}

/// Parses a time in a payload. Returns a Unix time in seconds: a float is in seconds, and an
/// integer is in milliseconds, as Sidekiq 8 writes it.
fn seconds(json: &str) -> Option<f64> {
    match json.parse::<i64>() {
        Ok(milliseconds) => Some(milliseconds as f64 / 1e3),
        Err(_) => json.parse().ok(),
    }
}
