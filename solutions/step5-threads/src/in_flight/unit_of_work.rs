//! A job in flight, and its outcome.

use std::sync::Arc;

use crate::Decision;

/// A job that was fetched from its queue and is in an in-flight list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitOfWork {
    /// The queue from which it was fetched.
    pub queue: Arc<str>,
    /// The payload, byte for byte as it was in the queue.
    pub payload: Vec<u8>,
    /// True if a waiter has fetched the job. Then it is in the list that the waiter fills, and not
    /// in the processor's own list.
    pub by_waiter: bool,
}

/// The outcome of a job in flight.
#[derive(Debug)]
pub enum Outcome {
    /// The job was performed, and succeeded.
    Succeeded,
    /// The job failed: it is retried, kept in the dead set, or discarded.
    Failed(Decision),
    /// The job was not started. It returns to the tail of its queue, so it is fetched next.
    Requeued,
    /// The job is still running, and stays in flight.
    StillRunning,
}

impl Outcome {
    /// Returns the arguments of the script for this outcome: its name, the payload to store, and
    /// the score in the sorted set.
    pub(super) fn arguments(&self, now: f64) -> (&'static str, &[u8], f64) {
        match self {
            Outcome::Succeeded => ("succeeded", &[], 0.0),
            Outcome::Requeued => ("requeued", &[], 0.0),
            Outcome::StillRunning => ("running", &[], 0.0),
            Outcome::Failed(Decision::Retry { payload, at }) => ("retry", payload, *at),
            Outcome::Failed(Decision::Dead(payload)) => ("dead", payload, now),
            Outcome::Failed(Decision::Discard) => ("discarded", &[], 0.0),
        }
    }
}
