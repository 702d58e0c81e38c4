//! Inspects one queue.

use std::sync::Arc;

use crate::Error;
use crate::wire::Connections;

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
        todo!(
            "task 4.4: count the jobs of {}, in the Redis at {}, see docs/step4-inspect.md",
            self.name,
            self.connections.address()
        )
    }

    /// Returns the queue's latency in seconds: how long its next job has been waiting at `now`, a
    /// Unix time in seconds. It is 0 if the queue is empty, or if the next job has no valid
    /// `enqueued_at`.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`].
    pub fn latency(&self, now: f64) -> Result<f64, Error> {
        todo!(
            "task 4.4: find how long, at {now}, the next job of {} has waited, in the Redis at {}, see docs/step4-inspect.md",
            self.name,
            self.connections.address()
        )
    }

    /// Returns the payloads of the next `count` jobs, in the order in which they will be performed.
    /// The jobs stay in the queue.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`].
    pub fn peek(&self, count: u32) -> Result<Vec<Vec<u8>>, Error> {
        todo!(
            "task 4.4: show the next {count} jobs of {}, in the Redis at {}, see docs/step4-inspect.md",
            self.name,
            self.connections.address()
        )
    }

    /// Deletes all jobs of the queue. Its name leaves the set of queues, until the next push.
    /// Returns the number of deleted jobs.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`].
    pub fn clear(&self) -> Result<u64, Error> {
        todo!(
            "task 4.4: throw the jobs of {} away, in the Redis at {}, see docs/step4-inspect.md",
            self.name,
            self.connections.address()
        )
    }
}
