//! The types of a snapshot.

use crate::job::Job;
use crate::process::Process;
use crate::unreadable::{self, Unreadable};

/// The state of Redis at one moment. All times are in seconds since 1970 UTC.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// All queues, sorted by name.
    pub queues: Vec<Queue>,
    /// The processes, sorted by identity: those that send heartbeats, and others that still hold
    /// jobs.
    pub processes: Vec<Process>,
    /// Jobs that failed and will be retried; the time is that of the retry.
    pub retry: Set,
    /// Jobs that were scheduled; the time is when they are due.
    pub schedule: Set,
    /// Jobs in the dead set; the time is when they died.
    pub dead: Set,
    /// How many jobs were performed, with success or not; none if they are not counted.
    pub processed: Option<u64>,
    /// How many of them failed; none if they are not counted.
    pub failed: Option<u64>,
    /// How many jobs are performed in a second, averaged over the last two; none before the second
    /// snapshot.
    pub per_second: Option<f64>,
    /// How many jobs were performed in each of the last 180 seconds, the oldest first.
    pub history: Vec<f64>,
    /// The keys that could not be read. The rest of the snapshot leaves them out.
    pub unreadable: Vec<Unreadable>,
}

impl Snapshot {
    /// Returns how many jobs wait in all queues together.
    pub fn waiting(&self) -> u64 {
        self.queues.iter().map(|queue| queue.length).sum()
    }

    /// Returns how many jobs run, as far as known.
    pub fn running(&self) -> usize {
        self.processes.iter().map(|process| process.threads.len()).sum()
    }

    /// Returns a sentence that names the first keys that could not be read; `None` if all were
    /// read.
    pub fn notice(&self) -> Option<String> {
        unreadable::notice(&self.unreadable)
    }
}

/// One queue.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Queue {
    /// Its name; bytes that are not UTF-8 are replaced.
    pub name: String,
    /// How many jobs wait in it.
    pub length: u64,
    /// Its newest jobs, the very newest first; at most 8.
    pub head: Vec<Job>,
    /// Its oldest jobs, the next to be performed last; at most 8, without those in `head`.
    pub tail: Vec<Job>,
}

impl Queue {
    /// Returns the job that is performed next. Of many queues, only the first are read with their
    /// jobs.
    pub fn next(&self) -> Option<&Job> {
        self.tail.last().or(self.head.last())
    }

    /// Returns how many jobs are between the two ends.
    pub fn between(&self) -> u64 {
        self.length.saturating_sub((self.head.len() + self.tail.len()) as u64)
    }

    /// Returns the queue's latency: the age of its next job at the time `now`, in seconds. 0 if no
    /// job waits, or the job does not say when it was enqueued.
    pub fn latency(&self, now: f64) -> f64 {
        let since = self.next().and_then(|job| job.enqueued_at);
        since.map_or(0.0, |since| (now - since).max(0.0))
    }
}

/// A sorted set of jobs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Set {
    /// How many jobs it contains.
    pub count: u64,
    /// Its first jobs: those that are due first, or that died last; at most 8.
    pub members: Vec<Member>,
}

/// A job in a sorted set.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// The job.
    pub job: Job,
    /// Its score.
    pub at: f64,
}
