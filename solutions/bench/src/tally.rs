//! What all threads of a contender count together.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use clap::ValueEnum;

/// What the jobs are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Load {
    /// They do nothing: `[number, "abc"]`.
    Noop,
    /// They say when they were enqueued: `[microseconds]`.
    Stamp,
    /// They take their time: `[milliseconds]`.
    Sleep,
    /// As [`Stamp`](Load::Stamp), on the first of two queues; the second is full of [`Noop`](Load::Noop), which do not count.
    Urgent,
}

/// What all threads of a contender count together.
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
    /// Tells `all_done` once `goal` jobs are done.
    pub fn new(load: Load, goal: u64, all_done: Sender<()>) -> Tally {
        Tally(Arc::new(Counts {
            load,
            done: AtomicU64::new(0),
            goal,
            latencies: Mutex::default(),
            all_done,
        }))
    }

    /// One more is done.
    pub fn done(&self) {
        if self.0.done.fetch_add(1, Ordering::Relaxed) + 1 == self.0.goal {
            // Whoever waited may be gone.
            let _ = self.0.all_done.send(());
        }
    }

    /// One more is done that did nothing.
    pub fn noop_done(&self) {
        if self.0.load != Load::Urgent {
            self.done();
        }
    }

    /// One more is done, that was enqueued at this time, in microseconds since 1970.
    pub fn done_since(&self, enqueued_at: u64) {
        let latency = now().saturating_sub(enqueued_at);
        self.0
            .latencies
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(latency);
        self.done();
    }

    /// All latencies, sorted, in microseconds.
    pub fn latencies(&self) -> Vec<u64> {
        let mut latencies = self.0.latencies.lock().unwrap_or_else(PoisonError::into_inner).clone();
        latencies.sort_unstable();
        latencies
    }
}

/// Now, in microseconds since 1970.
pub fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_micros() as u64
}
