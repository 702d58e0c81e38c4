//! Frees the jobs that were fetched together with one that turns out slow.

use std::time::Duration;

use tracing::debug;

use super::CurrentBatch;
use crate::Stop;

/// How often the batches are looked at.
const INTERVAL: Duration = Duration::from_millis(20);

/// How long a job may run until the rest of its batch is acknowledged or requeued.
const SLOW: Duration = Duration::from_millis(10);

/// Looks at all batches, until it is stopped.
pub fn run(batches: &[CurrentBatch], stop: &Stop) {
    while !stop.wait(INTERVAL) {
        for batch in batches {
            if let Err(error) = batch.sweep(SLOW) {
                debug!("{error}");
            }
        }
    }
}
