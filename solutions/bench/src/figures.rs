//! What one run of one contender has shown.

use serde::{Deserialize, Serialize};

/// What one run of one contender has shown.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Figures {
    /// From its start to its last job, in seconds.
    pub seconds: f64,
    /// The CPU time that it used, in seconds; in steps of 10 ms.
    pub cpu: f64,
    /// The most memory that it used, in megabytes.
    pub memory: f64,
    /// From enqueueing to performing, in microseconds, sorted; only if it was asked for.
    pub latencies: Vec<u64>,
}

impl Figures {
    /// The latency that such a share of jobs did not exceed, in microseconds.
    pub fn latency(&self, share: f64) -> f64 {
        let place = (self.latencies.len() as f64 * share) as usize;
        self.latencies.get(place).copied().unwrap_or_default() as f64
    }
}

/// The one in the middle.
pub fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
