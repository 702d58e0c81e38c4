use std::time::{Duration, Instant};

use lookout::Inspector;

use super::{inspector, job};

/// Catches: an error that is taken for an empty Redis, and a connection that is never opened again.
#[test]
fn recovers_after_redis_restarts() {
    let kit = testkit::kit!(own);
    kit.command(&["SADD", "queues", "default"]);
    kit.lpush("queue:default", &[job(1).as_bytes()]);
    kit.command(&["SAVE"]);
    let mut inspector = inspector(&kit);
    kit.assert_eq("one waits", inspector.snapshot().unwrap().waiting(), 1);
    kit.server().restart();
    kit.assert_eq(
        "a restart goes unnoticed",
        inspector.snapshot().map(|seen| seen.waiting()),
        Ok(1),
    );
    kit.server().kill();
    let error = inspector.snapshot().unwrap_err();
    kit.assert(&format!("it is away: {error}"), error.is_io_error());
    kit.server().start();
    kit.assert_eq("it is back", inspector.snapshot().map(|seen| seen.waiting()), Ok(1));
}

/// The late reply to one command must not be taken for the reply to the next. Catches: a connection
/// that is kept.
#[test]
fn reports_a_redis_that_hangs_and_recovers() {
    let kit = testkit::kit!(own);
    kit.command(&["SADD", "queues", "default"]);
    let mut inspector = inspector(&kit);
    inspector.snapshot().unwrap();
    kit.server().pause(Duration::from_secs(3));
    let start = Instant::now();
    let error = inspector.snapshot().unwrap_err();
    kit.assert(&format!("no answer came: {error}"), error.is_timeout());
    kit.assert(
        "that took no longer than two attempts",
        start.elapsed() < Duration::from_secs(5),
    );
    kit.eventually("it is seen again", || inspector.snapshot().is_ok());
    kit.lpush("queue:default", &[job(1).as_bytes()]);
    kit.assert_eq(
        "the reply is current",
        inspector.snapshot().map(|seen| seen.waiting()),
        Ok(1),
    );
}

/// A replica answers reads, and does not reveal that its data is old. Catches: a connection that is
/// kept for as long as it works.
#[test]
fn follows_a_failover_that_keeps_connections_open() {
    let kit = testkit::kit!(own);
    let servers = kit.failover();
    let mut inspector = Inspector::new(&servers.url()).unwrap();
    kit.assert_eq("no job waits", inspector.snapshot().unwrap().waiting(), 0);
    servers.fail_over();
    // There is no leader at this address, so the old server keeps its old data.
    kit.command(&["REPLICAOF", "127.0.0.1", "1"]);
    servers.query::<()>(&["SADD", "queues", "default"]);
    servers.lpush("queue:default", &[job(1).as_bytes()]);
    kit.eventually_in(Duration::from_secs(30), "the job of the new leader is seen", || {
        inspector.snapshot().is_ok_and(|snapshot| snapshot.waiting() == 1)
    });
}

/// Catches: an unwrap of an address that a person typed.
#[test]
fn rejects_an_invalid_address() {
    assert!(Inspector::new("nowhere").is_err());
    assert_eq!(
        Inspector::new("redis://:secret@127.0.0.1:7/3")
            .unwrap()
            .address()
            .to_string(),
        "127.0.0.1:7"
    );
}
