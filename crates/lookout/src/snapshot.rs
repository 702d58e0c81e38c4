//! What a look has seen.

use crate::{Job, Process};

/// What was in Redis at one moment. All times are seconds since 1970 UTC.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// All queues, sorted by name.
    pub queues: Vec<Queue>,
    /// Who works, sorted by identity: processes that say so, and others that still hold jobs.
    pub processes: Vec<Process>,
    /// Jobs that failed and will be tried again; the time is when.
    pub retry: Set,
    /// Jobs that were enqueued for later; the time is when they are due.
    pub schedule: Set,
    /// Jobs that were given up; the time is when they died.
    pub dead: Set,
    /// How many jobs were performed, however they ended; none if nobody counts.
    pub processed: Option<u64>,
    /// How many of them failed; none if nobody counts.
    pub failed: Option<u64>,
}

impl Snapshot {
    /// How many jobs wait in all queues together.
    pub fn waiting(&self) -> u64 {
        self.queues.iter().map(|queue| queue.length).sum()
    }

    /// How many jobs run, as far as it is known.
    pub fn running(&self) -> usize {
        self.processes.iter().map(|process| process.threads.len()).sum()
    }
}

/// One queue.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Queue {
    /// Its name; bytes that are no UTF-8 are replaced.
    pub name: String,
    /// How many jobs wait in it.
    pub length: u64,
    /// The newest of them, the very newest first; at most 8.
    pub head: Vec<Job>,
    /// The oldest of them, the next to be performed last; at most 8, and none that is in `head`.
    pub tail: Vec<Job>,
}

impl Queue {
    /// The next to be performed, if it was looked at: of many queues, only the first are.
    pub fn next(&self) -> Option<&Job> {
        self.tail.last().or(self.head.last())
    }

    /// How many jobs lie between the two ends.
    pub fn between(&self) -> u64 {
        self.length.saturating_sub((self.head.len() + self.tail.len()) as u64)
    }

    /// The age of its next job in seconds, now being `now`; 0 if none waits, or it does not say since when.
    pub fn latency(&self, now: f64) -> f64 {
        let since = self.next().and_then(|job| job.enqueued_at);
        since.map_or(0.0, |since| (now - since).max(0.0))
    }
}

/// A sorted set of jobs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Set {
    /// How many are in it.
    pub count: u64,
    /// The first of them: those that are due first, or that died last; at most 8.
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
