//! The bonus tasks of the chapter, which our solution does not do. Remove an `#[ignore]`, and go
//! further than we did.

use serde_json::json;

/// Sidekiq's paid version has `paused` queues: an operator stops one queue while the others go on.
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
    kit.assert_eq("the job of the paused queue waits", kit.list("queue:low").len(), 1);
    kit.command(&["SREM", "paused", "low"]);
    kit.eventually("it is performed when the queue is no longer paused", || {
        program.stderr().contains("aaaaaaaaaaaaaaaaaaaaaaaa")
    });
}

/// A strict order may starve a queue, and an operator wants an alarm when it does.
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
