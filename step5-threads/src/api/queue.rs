//! Looking into a queue from outside.

use std::sync::Arc;

use redis::Commands;

use crate::wire::{Connections, keys};
use crate::{Error, Job};

/// `KEYS` are the list and `queues`, `ARGV` is the name. In a `MULTI` the list would go even if it is none, and `LLEN` was
/// refused; a script ends there.
const CLEAR: &str = r"
local jobs = redis.call('LLEN', KEYS[1])
redis.call('SREM', KEYS[2], ARGV[1])
redis.call('UNLINK', KEYS[1])
return jobs";

/// One queue in one Redis, for whoever wants to know how it does. Made by [`Client::queue`](crate::Client::queue).
#[derive(Clone)]
pub struct Queue {
    connections: Arc<Connections>,
    name: String,
}

impl Queue {
    pub(crate) fn new(connections: Arc<Connections>, name: String) -> Queue {
        Queue { connections, name }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many jobs wait in it.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`].
    pub fn size(&self) -> Result<u64, Error> {
        self.connections
            .run(|connection| connection.llen(keys::queue(&self.name)))
    }

    /// For how long the next job to be performed has been waiting at `now` (in seconds since 1970 UTC), in seconds: how far
    /// the workers are behind. 0 if the queue is empty, or nobody knows.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`].
    pub fn latency(&self, now: f64) -> Result<f64, Error> {
        let next = self.peek(1)?;
        let job = next.first().and_then(|payload| Job::parse(payload).ok());
        let since = job.as_ref().and_then(|job| seconds(job.raw("enqueued_at")?));
        Ok(since.map_or(0.0, |since| (now - since).max(0.0)))
    }

    /// The payloads of the next `count` jobs, in the order in which they will be performed. They stay where they are.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`].
    pub fn peek(&self, count: u32) -> Result<Vec<Vec<u8>>, Error> {
        if count == 0 {
            return Ok(Vec::new());
        }
        let first = -(count as isize);
        let key = keys::queue(&self.name);
        let mut payloads: Vec<Vec<u8>> = self.connections.run(|connection| connection.lrange(&key, first, -1))?;
        payloads.reverse();
        Ok(payloads)
    }

    /// Throws all its jobs away, and forgets its name until somebody pushes to it again. Returns how many jobs that were.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`].
    pub fn clear(&self) -> Result<u64, Error> {
        let mut clear = redis::cmd("EVAL");
        clear.arg((CLEAR, 2, keys::queue(&self.name), keys::QUEUES, &self.name));
        self.connections.run(|connection| clear.query(connection))
    }
}

/// A time in a payload, in seconds since 1970 UTC: a float is seconds, an integer is milliseconds (Sidekiq 8 writes those).
fn seconds(json: &str) -> Option<f64> {
    match json.parse::<i64>() {
        Ok(milliseconds) => Some(milliseconds as f64 / 1e3),
        Err(_) => json.parse().ok(),
    }
}
