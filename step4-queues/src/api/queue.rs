//! Looking into a queue from outside.

use std::sync::Arc;

use crate::Error;
use crate::wire::Connections;

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
        todo!(
            "task 4.4: count the jobs of {}, in the Redis at {}, see docs/step4-inspect.md",
            self.name,
            self.connections.address()
        )
    }

    /// For how long the next job to be performed has been waiting at `now` (in seconds since 1970 UTC), in seconds: how far
    /// the workers are behind. 0 if the queue is empty, or nobody knows.
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

    /// The payloads of the next `count` jobs, in the order in which they will be performed. They stay where they are.
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

    /// Throws all its jobs away, and forgets its name until somebody pushes to it again. Returns how many jobs that were.
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
