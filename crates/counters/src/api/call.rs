//! The calls that the API has received, kept for tests of its clients.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// How many calls are kept: enough for a test, and a bound for a long-running program.
const MAX_CALLS: usize = 1_000;

/// A PUT that was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The path as it was sent, percent-encoded: `/counters/hits/incr`.
    pub path: String,
    /// The `Idempotency-Key` header, if there was one that is text.
    pub key: Option<String>,
}

/// The last calls.
#[derive(Default)]
pub struct Calls(Mutex<VecDeque<Call>>);

impl Calls {
    /// Adds a call; drops the oldest if there are too many.
    pub fn record(&self, call: Call) {
        let mut calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if calls.len() == MAX_CALLS {
            calls.pop_front();
        }
        calls.push_back(call);
    }

    /// Returns the calls that are kept, the oldest first.
    pub fn list(&self) -> Vec<Call> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .cloned()
            .collect()
    }
}
