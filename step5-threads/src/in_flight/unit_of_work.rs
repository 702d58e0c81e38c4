//! A job in flight, and how it ended.

use std::sync::Arc;

use crate::Verdict;

/// A job that was fetched from its queue, and is in an in-flight list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitOfWork {
    /// The queue that it was fetched from.
    pub queue: Arc<str>,
    /// The payload, as it was pushed.
    pub payload: Vec<u8>,
    /// Whether a waiter has fetched it: then it is in the list that the waiter fills, not in the processor's own.
    pub by_waiter: bool,
}

/// How a job in flight ended.
#[derive(Debug)]
pub enum Outcome {
    /// It was performed.
    Succeeded,
    /// It failed.
    Failed(Verdict),
    /// It was not started: back to its queue, the next to be fetched.
    Requeued,
    /// It still runs, and stays in flight.
    StillRunning,
}

impl Outcome {
    /// Returns what the script gets to know of an outcome at this time: its name, the payload to keep, and the score to keep it by.
    pub(super) fn arguments(&self, now: f64) -> (&'static str, &[u8], f64) {
        todo!("task 5.3: acknowledge a job that ended as {self:?} at {now}, see docs/step5-acknowledge.md")
    }
}
