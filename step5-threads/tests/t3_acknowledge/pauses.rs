//! A processor and a waiter whose commands Redis refuses.

use std::time::{Duration, Instant};

use sidepunch::Config;
use testkit::Kit;

use crate::server::{in_flight, job, push, quick, sent, start};

/// Runs a server with one thread, whose commands with this text Redis refuses because of this key,
/// and asserts that it waits before it sends such a command again.
fn assert_pauses(kit: &Kit, text: &str, key: &str) {
    let config = Config {
        concurrency: 1,
        batch: 1,
        reconnect: Duration::from_secs(1),
        ..quick(kit.url())
    };
    let running = start(kit, config);
    kit.eventually("Redis refuses a command", || sent(kit, text) > 0);
    let (before, since) = (sent(kit, text), Instant::now());
    kit.eventually("it is sent twice more", || sent(kit, text) >= before + 2);
    let elapsed = since.elapsed();
    kit.assert(
        &format!("there is a pause of a second between them, got {elapsed:?}"),
        elapsed > Duration::from_millis(900),
    );
    kit.command(&["DEL", key]);
    kit.eventually("no job is in flight", || in_flight(kit).is_empty());
    running.stop();
}

/// Catches: a call that is repeated without a pause, because Redis answers.
#[test]
fn a_processor_pauses_after_a_refused_call() {
    let kit = testkit::kit!();
    kit.command(&["SET", "retry", "no sorted set"]);
    push(&kit, "default", [job(1, &["fail"])]);
    assert_pauses(&kit, "out of luck", "retry");
}

/// Catches: a wait that is repeated without a pause, because Redis answers.
#[test]
fn a_waiter_pauses_after_a_refused_wait() {
    let kit = testkit::kit!();
    kit.command(&["SET", "queue:default", "no list"]);
    assert_pauses(&kit, "BLMOVE", "queue:default");
}
