//! The counts that all threads of a contender share.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::load::Load;

/// The counts that all threads of a contender share.
#[derive(Clone)]
pub struct Tally(Arc<Counts>);

struct Counts {
    load: Load,
    done: AtomicU64,
    goal: u64,
    latencies: Mutex<Vec<u64>>,
    all_done: Sender<()>,
}

impl Tally {
    /// Creates a tally that sends to `all_done` when `goal` jobs are done.
    pub fn new(load: Load, goal: u64, all_done: Sender<()>) -> Tally {
        Tally(Arc::new(Counts {
            load,
            done: AtomicU64::new(0),
            goal,
            latencies: Mutex::default(),
            all_done,
        }))
    }

    /// Counts a job.
    pub fn done(&self) {
        if self.0.done.fetch_add(1, Ordering::Relaxed) + 1 == self.0.goal {
            // The receiver may be gone.
            let _ = self.0.all_done.send(());
        }
    }

    /// Counts a no-op job.
    pub fn noop_done(&self) {
        if self.0.load != Load::Urgent {
            self.done();
        }
    }

    /// Counts a job that was enqueued at this time, in microseconds since 1970.
    pub fn done_since(&self, enqueued_at: u64) {
        let latency = now().saturating_sub(enqueued_at);
        self.0
            .latencies
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(latency);
        self.done();
    }

    /// Returns all latencies, sorted, in microseconds.
    pub fn latencies(&self) -> Vec<u64> {
        let mut latencies = self.0.latencies.lock().unwrap_or_else(PoisonError::into_inner).clone();
        latencies.sort_unstable();
        latencies
    }
}

/// Returns the current time, in microseconds since 1970.
pub fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_micros() as u64
}
