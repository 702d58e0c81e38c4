//! Whoever enqueues: pushes jobs onto their queues.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use indexmap::IndexMap;

use crate::wire::{Connections, clock, keys};
use crate::{Error, Job, SortedSets};

/// How many jobs go to Redis in one round trip. More would gain nothing (at 1,000 the round trip is a small part of the
/// time) and would keep other clients of Redis waiting for longer than a millisecond or so.
const BULK: usize = 1_000;

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
    pub fn push(&self, mut job: Job) -> Result<String, Error> {
        job.normalize(clock::now())?;
        let queue = job.queue();
        self.connections.run(|connection| {
            redis::pipe()
                .sadd(keys::QUEUES, &queue)
                .lpush(keys::queue(&queue), job.to_string())
                .exec(connection)
        })?;
        Ok(job.jid().unwrap_or_default())
    }

    /// Pushes the job at a time; at once if that is past. Returns its jid.
    ///
    /// # Errors
    /// As [`Client::push`].
    pub fn push_at(&self, job: Job, at: SystemTime) -> Result<String, Error> {
        let (at, now) = (clock::seconds(at), clock::now());
        if at <= now {
            return self.push(job);
        }
        SortedSets::new(self.connections.clone()).schedule(job, at, now)
    }

    /// Pushes many jobs, 1,000 to a round trip, and returns their jids in the same order.
    ///
    /// # Errors
    /// Those of [`Client::push`]. If one job is refused, none is written. If Redis fails in the middle, some may
    /// have been written, and nothing tells which: push them all again only if your jobs may run twice.
    pub fn push_bulk(&self, jobs: Vec<Job>) -> Result<Vec<String>, Error> {
        jobs.iter().try_for_each(Job::validate)?;
        self.push_each(jobs.into_iter().map(Ok))
    }

    /// Pushes jobs that are known to be valid. They are built one batch at a time: to hold a million complete jobs would
    /// take more time than to push them.
    pub(crate) fn push_each(&self, jobs: impl Iterator<Item = Result<Job, Error>>) -> Result<Vec<String>, Error> {
        let now = clock::now();
        let mut jids = Vec::new();
        let mut jobs = jobs.peekable();
        while jobs.peek().is_some() {
            let mut queues: IndexMap<String, Vec<String>> = IndexMap::new();
            for job in jobs.by_ref().take(BULK) {
                let mut job = job?;
                job.normalize(now)?;
                queues.entry(job.queue()).or_default().push(job.to_string());
                jids.push(job.jid().unwrap_or_default());
            }
            self.connections.run(|connection| {
                let mut pipe = redis::pipe();
                for (queue, payloads) in &queues {
                    pipe.sadd(keys::QUEUES, queue).lpush(keys::queue(queue), payloads);
                }
                pipe.exec(connection)
            })?;
        }
        Ok(jids)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "Client({})", self.connections.address())
    }
}
