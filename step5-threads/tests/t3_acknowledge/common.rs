//! What the tests of settling have in common.

use std::sync::Arc;

use sidepunch::{Config, Decision, Outcome, UnitOfWork};
use testkit::Kit;

use crate::server::{job, quick, start};
use crate::support::RunningServer;

/// Runs a server with two threads, each of which claims one job at a time.
pub fn run(kit: &Kit, redis: String) -> RunningServer {
    let config = Config {
        concurrency: 2,
        batch: 1,
        ..quick(redis)
    };
    start(kit, config)
}

/// A job in the list of this process's thread, as a claim leaves it, and its failure.
pub fn failure(kit: &Kit, list: &str) -> (Arc<UnitOfWork>, Outcome) {
    let payload = job(1, &["fail"]);
    kit.command(&["LPUSH", list, &payload]);
    let claimed = UnitOfWork {
        queue: "default".into(),
        payload: payload.into_bytes(),
        by_waiter: list.contains("-waits:"),
    };
    let decision = Decision::Retry {
        payload: b"as it is kept".to_vec(),
        at: 1_795_454_181.5,
    };
    (Arc::new(claimed), Outcome::Failed(decision))
}
