//! Logs an outage of Redis once, however many threads notice it.

use std::fmt::Display;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use tracing::{error, info};

/// Logs when Redis is lost, and when it is back.
#[derive(Default)]
pub struct OutageLog {
    lost: Condition,
    refused: Condition,
}

impl OutageLog {
    /// Records that a command failed. It was sent at the time `sent_at`.
    pub fn record_error(&self, sent_at: Instant, error: &dyn Display) {
        if self.lost.transition(sent_at, true) {
            error!("{error}; retrying until it is back");
        }
    }

    /// Records that a command succeeded. It was sent at the time `sent_at`. `refused` is the error of
    /// a queue from which Redis cannot pop, and `tried_all_queues` is true if all queues were tried.
    pub fn record_success(&self, sent_at: Instant, refused: Option<&str>, tried_all_queues: bool) {
        if self.lost.transition(sent_at, false) {
            info!("Redis is back");
        }
        match refused {
            Some(error) if self.refused.transition(sent_at, true) => error!("cannot fetch from a queue: {error}"),
            None if tried_all_queues && self.refused.transition(sent_at, false) => {
                info!("can fetch from all queues again")
            }
            _ => {}
        }
    }
}

/// Whether a condition holds, and when that changed last.
#[derive(Default)]
struct Condition(Mutex<(bool, Option<Instant>)>);

impl Condition {
    /// Returns true if the condition changes. Ignores a reply to a command that was sent before the
    /// last change, because it may be outdated.
    fn transition(&self, sent_at: Instant, is_active: bool) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (was_active, changed) = *state;
        let is_change = was_active != is_active && changed.is_none_or(|changed| changed < sent_at);
        if is_change {
            *state = (is_active, Some(Instant::now()));
        }
        is_change
    }
}
