//! A process that was asked to stop, and one whose data Redis has lost.

use std::time::Duration;

use serde_json::Value;
use sidepunch::Config;
use testkit::Kit;

use super::common::{push, run};
use crate::server::{identity, quick, start};

fn number(kit: &Kit, command: &[&str]) -> f64 {
    kit.query::<Option<f64>>(command).unwrap_or_default()
}

/// A job may run for the whole timeout of a stop. Catches: a lease that is no longer renewed after
/// a stop request, so that other processes perform the job as well; a process that Sidekiq's Web UI
/// does not show any more, although it performs a job.
#[test]
fn renews_its_lease_and_reports_until_its_last_job_has_ended() {
    let kit = testkit::kit!();
    let config = Config {
        lease: Duration::from_millis(500),
        heartbeat: Duration::from_millis(100),
        ..quick(kit.url())
    };
    let running = start(&kit, config);
    let own = identity(&kit);
    push(&kit);
    running.gate.wait_for("the job begins", 1);
    running.server.request_stop();
    let lease = || number(&kit, &["ZSCORE", "sidepunch:leases", &own]);
    let beat = || number(&kit, &["HGET", &own, "beat"]);
    let (lease_before, beat_before) = (lease(), beat());
    kit.eventually("its lease is renewed", || lease() > lease_before + 1.0);
    kit.eventually("it sends heartbeats", || beat() > beat_before + 1.0);
    running.gate.open();
    running.stop();
}

/// The hash also expires while a process is suspended. Catches: data that only the first heartbeat
/// writes, so that Sidekiq's Web UI does not show the process any more.
#[test]
fn reports_everything_again_after_redis_has_lost_it() {
    let kit = testkit::kit!();
    let running = run(&kit);
    let own = identity(&kit);
    let fields = || {
        let mut fields: Vec<String> = kit.query(&["HKEYS", &own]);
        fields.sort_unstable();
        fields
    };
    kit.eventually("a heartbeat is over", || !fields().is_empty());
    let before = fields();
    kit.command(&["DEL", &own, "processes"]);
    kit.eventually("it is in `processes` again", || {
        kit.query::<bool>(&["SISMEMBER", "processes", &own])
    });
    kit.assert_eq("its hash has the same fields", fields(), before);
    let info: String = kit.query(&["HGET", &own, "info"]);
    let info: Value = serde_json::from_str(&info).unwrap_or_default();
    kit.assert_eq("with the identity", info["identity"].as_str(), Some(&*own));
    running.stop();
}
