//! The results of one run of one contender.

use serde::{Deserialize, Serialize};

/// The results of one run of one contender.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Figures {
    /// The time from its start to its last job, in seconds.
    pub seconds: f64,
    /// Its CPU time, in seconds; in steps of 10 ms.
    pub cpu: f64,
    /// Its peak memory, in megabytes.
    pub memory: f64,
    /// The times from enqueueing to performing, in microseconds, sorted; only if they were
    /// measured.
    pub latencies: Vec<u64>,
}

impl Figures {
    /// Returns the latency that this share of the jobs did not exceed, in microseconds.
    pub fn latency(&self, share: f64) -> f64 {
        let place = (self.latencies.len() as f64 * share) as usize;
        self.latencies.get(place).copied().unwrap_or_default() as f64
    }
}

/// Returns the median.
pub fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
