//! Fixtures of the tests of acknowledging.

use std::sync::Arc;

use sidepunch::{Config, Decision, Outcome, UnitOfWork};
use testkit::Kit;

use crate::server::{job, quick, start};
use crate::support::RunningServer;

/// Runs a server with two threads, each of which fetches one job at a time.
pub fn run(kit: &Kit, redis: String) -> RunningServer {
    let config = Config {
        concurrency: 2,
        batch: 1,
        ..quick(redis)
    };
    start(kit, config)
}

/// Adds a job to a list of this process's thread, as a fetch does, and returns the job and its
/// failure.
pub fn failure(kit: &Kit, list: &str) -> (Arc<UnitOfWork>, Outcome) {
    let payload = job(1, &["fail"]);
    kit.command(&["LPUSH", list, &payload]);
    let unit = UnitOfWork {
        queue: "default".into(),
        payload: payload.into_bytes(),
        by_waiter: list.contains("-waits:"),
    };
    let decision = Decision::Retry {
        payload: b"as it is kept".to_vec(),
        at: 1_795_454_181.5,
    };
    (Arc::new(unit), Outcome::Failed(decision))
}
