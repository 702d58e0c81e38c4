//! Frees the jobs that were fetched together with a slow one.

use std::time::Duration;

use super::CurrentBatch;
use crate::Stop;
use crate::wire::RefusalLog;

/// The interval at which the sweeper checks the batches.
const INTERVAL: Duration = Duration::from_millis(20);

/// How long a job may run before the rest of its batch is acknowledged or requeued.
const SLOW_AFTER: Duration = Duration::from_millis(10);

/// Sweeps all batches at an interval, until `stop` is requested.
pub fn run(batches: &[CurrentBatch], stop: &Stop) {
    let mut refusals = RefusalLog::default();
    while !stop.wait(INTERVAL) {
        for (processor, batch) in batches.iter().enumerate() {
            if let Some(swept) = batch.sweep(SLOW_AFTER) {
                refusals.record(&format!("sweep the batch of processor {processor}"), &swept);
            }
        }
    }
}
