//! Whoever enqueues: pushes jobs onto their queues.

use std::fmt;
use std::sync::Arc;

use crate::wire::{Connections, clock};
use crate::{Error, Job};

/// Pushes jobs to one Redis. Clones share its connections, and all methods take `&self`, so the threads of a web server
/// can share one client.
#[derive(Clone)]
pub struct Client {
    connections: Arc<Connections>,
}

impl Client {
    /// A client for the Redis at `url` (`redis://[[user]:password@]host[:port][/database]`).
    ///
    /// Connections are opened when they are needed, so that a web server can start before its Redis and outlive it.
    ///
    /// # Errors
    /// [`Error::BadUrl`] if this is no URL of a Redis.
    pub fn connect(url: &str) -> Result<Client, Error> {
        Ok(Client {
            connections: Arc::new(Connections::new(url)?),
        })
    }

    /// Completes the job ([`Job::normalize`]) and pushes it onto its queue, in one round trip. Returns its jid.
    ///
    /// # Errors
    /// Those of [`Job::normalize`], with nothing written; [`Error::Unreachable`] and [`Error::Refused`].
    pub fn push(&self, job: Job) -> Result<String, Error> {
        let now = clock::now();
        todo!("task 1.3: complete {job} as of {now}, and push it by {self:?}, see docs/step1-enqueue.md")
    }

    /// Pushes many jobs, 1,000 to a round trip, and returns their jids in the same order.
    ///
    /// # Errors
    /// Those of [`Client::push`]. If one job is refused, none is written. If Redis fails in the middle, some may
    /// have been written, and nothing tells which: push them all again only if your jobs may run twice.
    pub fn push_bulk(&self, jobs: Vec<Job>) -> Result<Vec<String>, Error> {
        todo!(
            "task 1.5: push these {} jobs by {self:?}, 1,000 to a round trip, see docs/step1-typed.md",
            jobs.len()
        )
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "Client({})", self.connections.address())
    }
}
