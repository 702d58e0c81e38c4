//! The client: pushes jobs onto their queues.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use indexmap::IndexMap;
use redis::Commands;

use crate::wire::{Connections, clock, keys};
use crate::{Error, Job, Queue, SortedSets};

/// The number of jobs in one round trip. More would gain nothing, because at 1,000 the round trip
/// is only a small part of the time, and would block other clients of Redis for more than about a
/// millisecond.
const BULK_SIZE: usize = 1_000;

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
    pub fn push(&self, mut job: Job) -> Result<String, Error> {
        job.normalize(clock::now())?;
        let queue = job.queue();
        self.connections.with_connection(|connection| {
            redis::pipe()
                .sadd(keys::QUEUES, &queue)
                .lpush(keys::queue(&queue), job.to_string())
                .exec(connection)
        })?;
        Ok(job.jid().unwrap_or_default())
    }

    /// Schedules the job for the time `at`, or pushes it at once if that time has passed. Returns
    /// its jid.
    ///
    /// # Errors
    /// The errors of [`Client::push`].
    pub fn push_at(&self, job: Job, at: SystemTime) -> Result<String, Error> {
        let (at, now) = (clock::seconds(at), clock::now());
        if at <= now {
            return self.push(job);
        }
        SortedSets::new(self.connections.clone()).schedule(job, at, now)
    }

    /// Pushes many jobs, 1,000 in each round trip. Returns their jids in the same order.
    ///
    /// # Errors
    /// The errors of [`Client::push`]. If one job is invalid, none is written. If Redis fails in
    /// the middle, some jobs may have been pushed, and it is not known which ones. Push all of them
    /// again only if your jobs may run twice.
    pub fn push_bulk(&self, jobs: Vec<Job>) -> Result<Vec<String>, Error> {
        jobs.iter().try_for_each(Job::validate)?;
        self.push_each(jobs.into_iter().map(Ok))
    }

    /// Returns the queue of this name, for inspection. It need not exist.
    pub fn queue(&self, name: &str) -> Queue {
        Queue::new(self.connections.clone(), name.to_owned())
    }

    /// Returns all queues that have received a job and were not cleared since, sorted by name.
    /// Names that are not UTF-8 are left out, because no job can be pushed to such a queue.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`].
    pub fn queues(&self) -> Result<Vec<Queue>, Error> {
        let names = self.queue_names()?;
        let names = names.iter().filter_map(|name| str::from_utf8(name).ok());
        Ok(names.map(|name| self.queue(name)).collect())
    }

    /// Returns the names of all queues, sorted. Any program can write to the set of names, so a
    /// name need not be UTF-8.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`].
    pub fn queue_names(&self) -> Result<Vec<Vec<u8>>, Error> {
        let mut names: Vec<Vec<u8>> = self
            .connections
            .with_connection(|connection| connection.smembers(keys::QUEUES))?;
        names.sort();
        Ok(names)
    }

    /// Pushes jobs that are known to be valid. They are built one round trip at a time, because
    /// keeping a million complete jobs in memory would take longer than pushing them.
    pub(crate) fn push_each(&self, jobs: impl Iterator<Item = Result<Job, Error>>) -> Result<Vec<String>, Error> {
        let now = clock::now();
        let mut jids = Vec::new();
        let mut jobs = jobs.peekable();
        while jobs.peek().is_some() {
            let mut queues: IndexMap<String, Vec<String>> = IndexMap::new();
            for job in jobs.by_ref().take(BULK_SIZE) {
                let mut job = job?;
                job.normalize(now)?;
                queues.entry(job.queue()).or_default().push(job.to_string());
                jids.push(job.jid().unwrap_or_default());
            }
            self.connections.with_connection(|connection| {
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
