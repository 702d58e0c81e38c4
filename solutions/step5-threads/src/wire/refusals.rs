//! Logs what Redis refuses, once.

use std::collections::HashMap;

use tracing::{error, info};

use super::is_outage;
use crate::Error;

/// Logs why a task fails that is tried again and again: once for each reason, because a line for
/// each attempt would fill the log, and once when the task succeeds again.
#[derive(Default)]
pub struct RefusalLog {
    /// The last reason of each task that fails.
    reasons: HashMap<String, String>,
}

impl RefusalLog {
    /// Records the result of a task, such as `publish the heartbeat`. An outage is not logged here,
    /// because the processors log it.
    pub fn record<T>(&mut self, task: &str, result: &Result<T, Error>) {
        match result {
            Ok(_) => {
                if self.reasons.remove(task).is_some() {
                    info!("can {task} again");
                }
            }
            Err(Error::Unreachable { .. }) => {}
            Err(Error::Refused { reason, .. }) if is_outage(reason) => {}
            Err(error) => {
                let reason = error.to_string();
                if self.reasons.get(task) != Some(&reason) {
                    error!("cannot {task}: {reason}");
                    self.reasons.insert(task.to_owned(), reason);
                }
            }
        }
    }
}
