//! The chapter's bonuses. Ours does neither: take an `#[ignore]` away, and go further than we did.

use serde_json::json;

/// Sidekiq's `paused` queues (a feature of its paid version): an operator stops one queue while the others go on.
#[test]
#[ignore = "bonus 1: see docs/step4-inspect.md"]
fn skips_paused_queues() {
    let kit = testkit::kit!();
    kit.command(&["SADD", "paused", "low"]);
    let job = |jid: &str| json!({"class": "SlowWorker", "args": [1], "jid": jid}).to_string();
    kit.lpush("queue:low", &[job("aaaaaaaaaaaaaaaaaaaaaaaa").as_bytes()]);
    kit.lpush("queue:high", &[job("bbbbbbbbbbbbbbbbbbbbbbbb").as_bytes()]);
    let program = kit.start(&["work", "-q", "low", "-q", "high"]);
    kit.eventually("a job of the other queue is performed", || {
        program.stderr().contains("bbbbbbbbbbbbbbbbbbbbbbbb")
    });
    kit.assert_eq("that of the paused one waits", kit.list("queue:low").len(), 1);
    kit.command(&["SREM", "paused", "low"]);
    kit.eventually("until it is paused no longer", || {
        program.stderr().contains("aaaaaaaaaaaaaaaaaaaaaaaa")
    });
}

/// What a strict order starves, an operator wants to hear of.
#[test]
#[ignore = "bonus 2: see docs/step4-inspect.md"]
fn queues_exits_with_1_above_the_latency_limit() {
    let kit = testkit::kit!();
    kit.command(&["SADD", "queues", "low"]);
    kit.lpush(
        "queue:low",
        &[json!({"class": "A", "args": [], "enqueued_at": 1.5})
            .to_string()
            .as_bytes()],
    );
    kit.assert_eq(
        "below the limit, exit code 0",
        kit.run(&["queues", "--max-latency", "1e12"]).status.code(),
        Some(0),
    );
    kit.assert_eq(
        "above it, exit code 1",
        kit.run(&["queues", "--max-latency", "60"]).status.code(),
        Some(1),
    );
}
