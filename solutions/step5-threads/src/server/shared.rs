//! What the threads of one server share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::in_flight::{Claimed, Hold, Lanes};
use crate::process::Renewals;
use crate::server::{Idle, Outage};
use crate::wire::Connections;
use crate::{Config, Registry, Stop};

/// What the threads of one server share.
pub struct Shared {
    pub config: Config,
    /// What the process is called in Redis.
    pub identity: String,
    pub connections: Arc<Connections>,
    pub registry: Registry,
    /// The request to stop.
    pub stop: Stop,
    /// The request to stop to those who serve the others: they go last.
    pub over: Stop,
    pub idle: Idle,
    pub lanes: Lanes,
    pub outage: Outage,
    /// One for each thread.
    pub holds: Vec<Mutex<Hold>>,
    pub renewals: Renewals,
}

impl Shared {
    /// What this thread is at.
    pub fn hold(&self, thread: usize) -> MutexGuard<'_, Hold> {
        self.holds[thread].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The job that a thread runs, and since when. While its hold is taken, it asks Redis, and runs none.
    pub fn running(&self, thread: usize) -> Option<(Arc<Claimed>, Instant)> {
        self.holds[thread].try_lock().ok()?.running.clone()
    }
}
