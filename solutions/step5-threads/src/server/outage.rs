//! An outage of Redis, told once, however many threads meet it.

use std::fmt::Display;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use tracing::{error, info};

/// How errors begin by which Redis refuses whatever changes something: it is a replica, it has too few of them, it cannot save.
const REFUSES_ALL: [&str; 3] = ["READONLY ", "NOREPLICAS ", "MISCONF "];

/// What was told of Redis.
#[derive(Default)]
pub struct Outage {
    lost: Trouble,
    refused: Trouble,
}

impl Outage {
    /// A thread that has asked at that time has lost Redis.
    pub fn begins(&self, asked: Instant, error: &dyn Display) {
        if self.lost.changes(asked, true) {
            error!("{error}; trying again until it is back");
        }
    }

    /// A thread that has asked at that time has an answer: what was said of a queue that cannot be popped, if there is one, and
    /// whether all were asked.
    pub fn ends(&self, asked: Instant, refused: Option<&str>, all: bool) {
        // It says that of every queue, and of every job that is to be settled, too.
        if let Some(error) = refused.filter(|error| REFUSES_ALL.iter().any(|code| error.starts_with(code))) {
            return self.begins(asked, &error);
        }
        if self.lost.changes(asked, false) {
            info!("Redis is back");
        }
        match refused {
            Some(error) if self.refused.changes(asked, true) => error!("a queue cannot be popped: {error}"),
            None if all && self.refused.changes(asked, false) => info!("all queues can be popped again"),
            _ => {}
        }
    }
}

/// Whether there is a trouble, and when that was last told.
#[derive(Default)]
struct Trouble(Mutex<(bool, Option<Instant>)>);

impl Trouble {
    /// Whether this is news. What was asked before the last news is none, though its answer comes later.
    fn changes(&self, asked: Instant, is: bool) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (was, told) = *state;
        let news = was != is && told.is_none_or(|told| told < asked);
        if news {
            *state = (is, Some(Instant::now()));
        }
        news
    }
}
