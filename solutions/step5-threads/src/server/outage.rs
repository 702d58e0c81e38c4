//! An outage of Redis, logged once, however many threads meet it.

use std::fmt::Display;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use tracing::{error, info};

/// Logs when Redis goes away, and when it is back.
#[derive(Default)]
pub struct OutageLog {
    lost: Condition,
    refused: Condition,
}

impl OutageLog {
    /// Notes that a command sent at this time got no answer.
    pub fn record_error(&self, asked: Instant, error: &dyn Display) {
        if self.lost.transition(asked, true) {
            error!("{error}; trying again until it is back");
        }
    }

    /// Notes that a command sent at this time was answered: with Redis's error about a queue that it cannot pop from, if there is
    /// one, and whether all queues were asked.
    pub fn record_success(&self, asked: Instant, refused: Option<&str>, asked_all: bool) {
        if self.lost.transition(asked, false) {
            info!("Redis is back");
        }
        match refused {
            Some(error) if self.refused.transition(asked, true) => error!("a queue cannot be popped: {error}"),
            None if asked_all && self.refused.transition(asked, false) => info!("all queues can be popped again"),
            _ => {}
        }
    }
}

/// Whether something is the case, and when that last changed.
#[derive(Default)]
struct Condition(Mutex<(bool, Option<Instant>)>);

impl Condition {
    /// Returns true if this is a change. A reply to a command that was sent before the last change says nothing new.
    fn transition(&self, asked: Instant, is: bool) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (was, changed) = *state;
        let is_change = was != is && changed.is_none_or(|changed| changed < asked);
        if is_change {
            *state = (is, Some(Instant::now()));
        }
        is_change
    }
}
