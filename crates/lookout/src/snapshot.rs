//! The types of a snapshot.

use std::fmt;

use crate::{Job, Process};

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

    /// Returns a sentence that names the first keys that could not be read; `None` if all were read.
    pub fn notice(&self) -> Option<String> {
        let named: Vec<String> = self
            .unreadable
            .iter()
            .take(MAX_NAMED)
            .map(Unreadable::to_string)
            .collect();
        let more = match self.unreadable.len() - named.len() {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        let named = named.join(", ");
        (!named.is_empty()).then(|| format!("Some keys of Redis cannot be read and are left out: {named}{more}."))
    }
}

/// How many unreadable keys a notice names, and how many characters of each.
const MAX_NAMED: usize = 3;
const MAX_KEY_CHARS: usize = 60;

/// A key, or a member of a set, that cannot be read. Its `Display` form is the name and the reason:
/// `queue:odd (WRONGTYPE)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Its name. Bytes that are not printable ASCII are escaped, and a long name is cut.
    pub key: String,
    /// Why it cannot be read.
    pub reason: String,
}

impl Unreadable {
    pub(crate) fn new(key: &[u8], reason: &str) -> Unreadable {
        let (shown, rest) = key.split_at(key.len().min(MAX_KEY_CHARS));
        let key = shown.escape_ascii().to_string() + if rest.is_empty() { "" } else { "…" };
        let reason = reason.to_owned();
        Unreadable { key, reason }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.key, self.reason)
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
