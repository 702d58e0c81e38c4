//! Logs an outage of Redis once, however many threads notice it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tracing::{error, info};

use crate::Error;
use crate::wire::is_outage;

/// Logs when Redis is lost, and when it is back. Also logs which calls of the processors Redis
/// refuses, and when it accepts them.
#[derive(Default)]
pub struct OutageLog {
    lost: Condition,
    refused: Condition,
    /// For each processor whose call Redis refuses, the reason. Redis may accept the calls of the
    /// others meanwhile, because each call acknowledges other jobs.
    refusals: Mutex<HashMap<usize, String>>,
}

impl OutageLog {
    /// Records that the call of a processor failed. It was sent at the time `sent_at`.
    pub fn record_error(&self, processor: usize, sent_at: Instant, error: &Error) {
        match error {
            Error::Refused { reason, .. } if !is_outage(reason) => self.record_refusal(processor, error.to_string()),
            _ if self.lost.transition(sent_at, true) => error!("{error}; retrying until it is back"),
            _ => {}
        }
    }

    /// Records that the call of a processor succeeded. It was sent at the time `sent_at`. `refused`
    /// is the error of a queue from which Redis cannot pop, and `tried_all_queues` is true if all
    /// queues were tried.
    pub fn record_success(&self, processor: usize, sent_at: Instant, refused: Option<&str>, tried_all_queues: bool) {
        if self.lost.transition(sent_at, false) {
            info!("Redis is back");
        }
        self.record_acceptance(processor);
        match refused {
            Some(error) if self.refused.transition(sent_at, true) => error!("cannot fetch from a queue: {error}"),
            None if tried_all_queues && self.refused.transition(sent_at, false) => {
                info!("can fetch from all queues again")
            }
            _ => {}
        }
    }

    fn record_refusal(&self, processor: usize, reason: String) {
        let mut refusals = self.refusals();
        let is_known = refusals.values().any(|known| *known == reason);
        refusals.insert(processor, reason.clone());
        drop(refusals);
        if !is_known {
            error!("cannot acknowledge and fetch jobs: {reason}; trying again");
        }
    }

    fn record_acceptance(&self, processor: usize) {
        let mut refusals = self.refusals();
        let ended = refusals.remove(&processor);
        let has_ended = ended.is_some_and(|reason| !refusals.values().any(|other| *other == reason));
        drop(refusals);
        if has_ended {
            info!("can acknowledge and fetch jobs again");
        }
    }

    fn refusals(&self) -> MutexGuard<'_, HashMap<usize, String>> {
        self.refusals.lock().unwrap_or_else(PoisonError::into_inner)
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
