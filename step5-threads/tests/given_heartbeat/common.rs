//! Fixtures of the tests of the heartbeat.

use std::time::Duration;

use serde_json::json;
use sidepunch::Config;
use testkit::Kit;

use crate::server::{job_with, quick, start};
use crate::support::{RunningServer, order};

pub fn run(kit: &Kit) -> RunningServer {
    let config = Config {
        queues: order(&["default,2", "low,1"]),
        heartbeat: Duration::from_millis(100),
        ..quick(kit.url())
    };
    start(kit, config)
}

/// Waits until a process has a lease, and returns its identity.
#[track_caller]
pub fn lease_holder(kit: &Kit) -> String {
    kit.wait_for("the process has a lease", || {
        kit.query::<Vec<String>>(&["ZRANGE", "sidepunch:leases", "0", "-1"])
            .pop()
    })
}

pub fn field(kit: &Kit, identity: &str, name: &str) -> String {
    let field = kit.query::<Option<String>>(&["HGET", identity, name]);
    field.unwrap_or_else(|| kit.fail(&format!("the hash {identity} has a field {name}")))
}

/// Pushes a job that waits at the gate, and returns it.
pub fn push(kit: &Kit) -> String {
    let job = job_with(1, &["hold"], json!({"queue": "default"}));
    kit.push("default", &job);
    job
}
