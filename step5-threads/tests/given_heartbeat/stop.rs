//! A process that was asked to stop, and one whose data Redis has lost.

use std::time::Duration;

use serde_json::{Value, json};
use sidepunch::Config;
use testkit::Kit;

use super::common::{push, run};
use crate::server::{card, identity, job_with, quick, start};

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

/// A stop must not take as long as ten thousand due jobs do. Catches: a scheduler that checks for a
/// stop only when nothing is due, so that the process keeps its lease.
#[test]
fn a_stop_does_not_wait_for_a_backlog_of_due_jobs() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let mut due = redis::cmd("ZADD");
    due.arg("schedule");
    for number in 0..10_000 {
        due.arg((1, job_with(number, &[], json!({"queue": "other"}))));
    }
    due.exec(&mut kit.redis()).expect("Redis is there");
    // With it, the whole backlog takes many seconds.
    proxy.delay(Duration::from_millis(20));
    let config = Config {
        poll: Duration::from_millis(10),
        ..quick(proxy.url())
    };
    let running = start(&kit, config);
    kit.eventually("the first due jobs are moved", || !kit.list("queue:other").is_empty());
    running.stop();
    kit.assert("the stop comes before the last ones", card(&kit, "schedule") > 0);
    kit.assert_eq("the process ends its lease", card(&kit, "sidepunch:leases"), 0);
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
