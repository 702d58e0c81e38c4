//! The client: pushes jobs onto their queues.

use std::fmt;
use std::sync::Arc;

use crate::wire::{Connections, clock};
use crate::{Error, Job};

/// Pushes jobs to Redis. Clones share their connections, and all methods take `&self`, so the
/// threads of a web server can share one client.
#[derive(Clone)]
pub struct Client {
    connections: Arc<Connections>,
}

impl Client {
    /// Creates a client for the Redis at `url`
    /// (`redis://[[user]:password@]host[:port][/database]`).
    ///
    /// It connects when it first needs a connection, so a web server can start before its Redis
    /// does, and survives an outage.
    ///
    /// # Errors
    /// [`Error::InvalidUrl`] if this is not a Redis URL.
    pub fn connect(url: &str) -> Result<Client, Error> {
        Ok(Client {
            connections: Arc::new(Connections::new(url)?),
        })
    }

    /// Completes the job ([`Job::normalize`]) and pushes it onto its queue, in one round trip.
    /// Returns its jid.
    ///
    /// # Errors
    /// The errors of [`Job::normalize`]; then nothing was written. After [`Error::Unreachable`] or
    /// [`Error::Refused`], the job may have been pushed or not.
    pub fn push(&self, job: Job) -> Result<String, Error> {
        let now = clock::now();
        todo!("task 1.3: complete {job} as of {now}, and push it by {self:?}, see docs/step1-enqueue.md")
    }

    /// Pushes many jobs, 1,000 in each round trip. Returns their jids in the same order.
    ///
    /// # Errors
    /// The errors of [`Client::push`]. If one job is invalid, none is written. If Redis fails in
    /// the middle, some jobs may have been pushed, and it is not known which ones. Push all of them
    /// again only if your jobs may run twice.
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
