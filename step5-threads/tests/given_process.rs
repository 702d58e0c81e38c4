//! Given: `process_one`, and a Redis that is read-only.

use std::time::Duration;

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
        kit.eventually("it is told that it takes no writes", || told("retrying") == times);
        kit.command(cure);
        kit.eventually("and that it is back", || told("Redis is back") == times);
    }
    kit.lpush("queue:default", &[br#"{"class":"SlowWorker","args":[1]}"#]);
    kit.eventually("work goes on", || told(" done") == 1);
    kit.assert_eq("each was told once", (told("retrying"), told("Redis is back")), (2, 2));
}
