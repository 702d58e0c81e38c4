//! An outage of Redis, told once, however many threads meet it.

use std::fmt::Display;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use tracing::{error, info};

/// What was told of Redis.
#[derive(Default)]
pub struct Outage {
    lost: AtomicBool,
    refused: AtomicBool,
}

impl Outage {
    /// A thread has lost Redis.
    pub fn begins(&self, error: &dyn Display) {
        if !self.lost.swap(true, Relaxed) {
            error!("{error}; trying again until it is back");
        }
    }

    /// A thread has an answer: what was said of a queue that cannot be popped, if there is one, and whether all were asked.
    pub fn ends(&self, refused: Option<&str>, all: bool) {
        // A replica says that of every queue, and until it is a master again.
        if let Some(error) = refused.filter(|error| error.starts_with("READONLY")) {
            return self.begins(&error);
        }
        if self.lost.load(Relaxed) && self.lost.swap(false, Relaxed) {
            info!("Redis is back");
        }
        match refused {
            Some(error) if !self.refused.swap(true, Relaxed) => error!("a queue cannot be popped: {error}"),
            None if all && self.refused.load(Relaxed) && self.refused.swap(false, Relaxed) => {
                info!("all queues can be popped again");
            }
            _ => {}
        }
    }
}
