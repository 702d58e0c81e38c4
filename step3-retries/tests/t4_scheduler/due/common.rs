//! Fixtures of the tests of due jobs.

use std::sync::Arc;

use sidepunch::Connections;
use sidepunch::SortedSets;
use testkit::Kit;

pub const NOW: f64 = 1_795_454_181.25;

pub fn sets(url: &str) -> SortedSets {
    SortedSets::new(Arc::new(Connections::new(url).expect("a URL of a Redis")))
}

/// Moves due jobs until none is left, and returns how many were moved.
pub fn enqueue_due(kit: &Kit, sets: &SortedSets) -> usize {
    let mut all = 0;
    loop {
        match sets.enqueue_due(NOW) {
            Ok(0) => return all,
            Ok(moved) => all += moved,
            Err(error) => kit.fail(&format!("Redis is there, and `enqueue_due` returned an error: {error}")),
        }
    }
}

pub fn add(kit: &Kit, set: &str, at: f64, payload: &[u8]) {
    kit.command(&[b"ZADD", set.as_bytes(), at.to_string().as_bytes(), payload]);
}

pub fn card(kit: &Kit, set: &str) -> usize {
    kit.query(&["ZCARD", set])
}
