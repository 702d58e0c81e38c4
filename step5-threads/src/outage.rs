//! An outage of Redis, told once, however many threads meet it.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use tracing::{error, info};

use crate::Error;

/// What was told of Redis.
#[derive(Default)]
pub struct Outage {
    lost: AtomicBool,
    refused: AtomicBool,
}

impl Outage {
    /// A thread has lost Redis.
    pub fn begins(&self, error: &Error) {
        if !self.lost.swap(true, Relaxed) {
            error!("{error}; trying again until it is back");
        }
    }

    /// A thread has an answer, though perhaps not of each queue.
    pub fn ends(&self, refused: Option<&str>) {
        if self.lost.load(Relaxed) && self.lost.swap(false, Relaxed) {
            info!("Redis is back");
        }
        match refused {
            Some(error) if !self.refused.swap(true, Relaxed) => error!("a queue cannot be popped: {error}"),
            _ => {}
        }
    }
}
