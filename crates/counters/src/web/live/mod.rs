//! Reads the counters and the state of Redis for all clients that watch the page.

pub mod counters;
pub mod polled;
pub mod polls;
pub mod redis;
