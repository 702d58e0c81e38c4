//! Given: `process_one`, a Redis that is read-only, and how many threads may ask at once.

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use sidepunch::lanes::Lanes;
use sidepunch::{Config, Server};

use crate::support::worker;

worker!(Nothing, "NothingWorker", ());

/// Kills: one look, and no wait; a wait without an end.
#[test]
fn process_one_waits_for_a_job() {
    let kit = testkit::kit!();
    let config = |block| Config {
        redis: kit.url(),
        block: Duration::from_millis(block),
        ..Config::default()
    };
    let server = |block| Server::new(config(block)).expect("a URL of a Redis").register(Nothing);
    let mut empty = server(100);
    let none = kit.within(Duration::from_secs(5), "it returns when the wait is over", move || {
        empty.process_one()
    });
    kit.assert(&format!("there was no job, got {none:?}"), matches!(none, Ok(false)));
    let before = kit.commands().len();
    let mut waits = server(2_000);
    let one = kit.spawn(move || waits.process_one());
    kit.eventually("it has asked for a job", || {
        kit.commands()[before..]
            .iter()
            .any(|command| command.contains("queue:default"))
    });
    kit.lpush("queue:default", &[br#"{"class":"NothingWorker","args":[]}"#]);
    let one = one.join("it returns");
    kit.assert(
        &format!("it performs what comes meanwhile, got {one:?}"),
        matches!(one, Ok(true)),
    );
}

/// A failover leaves a replica for a while, or a master without one. Kills: a thread that ends, a line for each try, none at the
/// end; to take it for a trouble of the queue.
#[test]
fn a_redis_that_is_read_only_is_waited_for_and_told_once() {
    let kit = testkit::kit!(own);
    let program = kit.start(&["work"]);
    kit.eventually("it waits for jobs", || kit.blocked() > 0);
    let told = |text: &str| program.stderr().matches(text).count();
    let troubles: [[&[&str]; 2]; 2] = [
        // Nobody is there to be followed.
        [&["REPLICAOF", "127.0.0.1", "1"], &["REPLICAOF", "NO", "ONE"]],
        [
            &["CONFIG", "SET", "min-replicas-to-write", "1"],
            &["CONFIG", "SET", "min-replicas-to-write", "0"],
        ],
    ];
    for (times, [trouble, cure]) in (1..).zip(troubles) {
        kit.command(trouble);
        kit.eventually("it is told that it takes no writes", || told("trying again") == times);
        kit.command(cure);
        kit.eventually("and that it is back", || told("Redis is back") == times);
    }
    kit.lpush("queue:default", &[br#"{"class":"SlowWorker","args":[1]}"#]);
    kit.eventually("work goes on", || told(" done") == 1);
    kit.assert_eq(
        "each was told once",
        (told("trying again"), told("Redis is back")),
        (2, 2),
    );
}

/// Kills: a lane for small turns and none for large ones, one lane for threads that have four, a lane that is never free again.
#[test]
fn four_large_turns_may_be_before_redis_at_once() {
    let kit = testkit::kit!();
    let lanes = Arc::new(Lanes::default());
    let ((inside, entered), (leave, may_leave)) = (channel(), channel::<()>());
    let first = lanes.clone();
    let four = kit.spawn(move || {
        let guards: Vec<_> = (0..4).map(|thread| first.enter(thread, 64)).collect();
        let _ = inside.send(guards.iter().flatten().count());
        may_leave.recv()
    });
    let inside = kit.wait_for("four threads take a lane each", || entered.try_recv().ok());
    kit.assert_eq("a large turn has a lane", inside, 4);
    let small = lanes.clone();
    let none = kit.spawn(move || small.enter(4, 63).is_none());
    kit.assert("a small turn has none", none.join("a small turn need not wait"));
    let fifth = kit.spawn(move || lanes.enter(4, 64).is_some());
    kit.assert("the fifth waits", !fifth.is_finished());
    drop(leave);
    kit.assert("the four leave", four.join("the four leave").is_err());
    kit.assert(
        "the fifth has the lane",
        fifth.join("the fifth goes when a lane is free"),
    );
}
