//! Frees the jobs that were fetched together with a slow one.

use std::time::Duration;

use tracing::debug;

use super::CurrentBatch;
use crate::Stop;

/// The interval at which the sweeper checks the batches.
const INTERVAL: Duration = Duration::from_millis(20);

/// How long a job may run before the rest of its batch is acknowledged or requeued.
const SLOW_AFTER: Duration = Duration::from_millis(10);

/// Sweeps all batches at an interval, until `stop` is requested.
pub fn run(batches: &[CurrentBatch], stop: &Stop) {
    while !stop.wait(INTERVAL) {
        for batch in batches {
            if let Err(error) = batch.sweep(SLOW_AFTER) {
                debug!("{error}");
            }
        }
    }
}
