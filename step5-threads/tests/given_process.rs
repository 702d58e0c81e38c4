//! Given: `process_one`, a Redis that is read-only, and the settings.

use std::time::Duration;

use sidepunch::{Config, Error, Server};

use crate::server::{in_flight, quick, server};
use crate::support::worker;

worker!(Nothing, "NothingWorker", ());

/// Catches: a single fetch without a wait; a wait without an end.
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
    let none = kit.within(
        Duration::from_secs(5),
        "`process_one` returns when the wait is over",
        move || empty.process_one(),
    );
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
        &format!("it performs a job that arrives meanwhile, got {one:?}"),
        matches!(one, Ok(true)),
    );
}

/// A signal handler stops a program that calls `process_one` in a loop. Catches: a call that goes on
/// waiting, or that asks Redis again and again without a pause.
#[test]
fn process_one_returns_at_once_after_a_stop_request() {
    let kit = testkit::kit!();
    let config = Config {
        block: Duration::from_secs(3_600),
        // A block is at most half as long.
        lease: Duration::from_secs(7_200),
        ..quick(kit.url())
    };
    let mut server = server(config);
    server.stop().request();
    let none = kit.within(Duration::from_secs(10), "it returns", move || server.process_one());
    kit.assert(
        &format!("it has performed none, got {none:?}"),
        matches!(none, Ok(false)),
    );
}

/// No thread renews the lease of such a process. Catches: a job that is acknowledged by the next
/// call only, so that another process performs it again.
#[test]
fn process_one_leaves_nothing_in_flight() {
    let kit = testkit::kit!();
    let mut server = server(quick(kit.url())).register(Nothing);
    kit.lpush("queue:default", &[br#"{"class":"NothingWorker","args":[]}"#]);
    let one = kit.within(Duration::from_secs(10), "it returns", move || server.process_one());
    kit.assert(&format!("a job is performed, got {one:?}"), matches!(one, Ok(true)));
    kit.assert_eq("its queue is empty", kit.list("queue:default").len(), 0);
    kit.assert_eq("nothing is in flight", in_flight(&kit).len(), 0);
}

/// During a failover, Redis may be a replica for a while, or a master without replicas. Catches: a
/// thread that ends; a log line for each attempt; no log line at the end; an outage that is taken
/// for a problem of one queue.
#[test]
fn waits_for_a_read_only_redis_and_logs_it_once() {
    let kit = testkit::kit!(own);
    let program = kit.start(&["work"]);
    kit.eventually("it waits for jobs", || kit.blocked() > 0);
    let logged = |text: &str| program.stderr().matches(text).count();
    let problems: [[&[&str]; 2]; 2] = [
        // There is no master at this address.
        [&["REPLICAOF", "127.0.0.1", "1"], &["REPLICAOF", "NO", "ONE"]],
        [
            &["CONFIG", "SET", "min-replicas-to-write", "1"],
            &["CONFIG", "SET", "min-replicas-to-write", "0"],
        ],
    ];
    for (times, [problem, cure]) in (1..).zip(problems) {
        kit.command(problem);
        kit.eventually("the log reports the outage", || logged("retrying") == times);
        kit.command(cure);
        kit.eventually("and its end", || logged("Redis is back") == times);
    }
    kit.lpush("queue:default", &[br#"{"class":"SlowWorker","args":[1]}"#]);
    kit.eventually("the program goes on", || logged(" done") == 1);
    kit.assert_eq(
        "each was logged once",
        (logged("retrying"), logged("Redis is back")),
        (2, 2),
    );
}

/// Catches: a setting that makes no sense and is taken as it is, or is changed silently; an error
/// that names another setting; a bound that is one too high.
#[test]
fn rejects_settings_outside_their_range() {
    let kit = testkit::kit!();
    let config = |change: fn(&mut Config)| {
        let mut config = quick(kit.url());
        change(&mut config);
        config
    };
    let invalid = [
        ("concurrency", config(|config| config.concurrency = 0)),
        ("batch", config(|config| config.batch = 1_001)),
        ("lease", config(|config| config.lease = Duration::from_millis(99))),
        ("reconnect", config(|config| config.reconnect = Duration::ZERO)),
        ("heartbeat", config(|config| config.heartbeat = Duration::ZERO)),
        ("block", config(|config| config.block = Duration::ZERO)),
        ("poll", config(|config| config.poll = Duration::ZERO)),
        ("timeout", config(|config| config.timeout = Duration::MAX)),
        ("lease", config(|config| config.lease = Duration::MAX)),
        ("block", config(|config| config.block = Duration::MAX)),
        ("queues", config(|config| config.queues.queues.clear())),
        (
            "queues",
            config(|config| config.queues.queues.extend([("default".into(), 3)])),
        ),
    ];
    for (name, config) in invalid {
        let error = Server::new(config).err();
        kit.assert(
            &format!("`{name}` is invalid: the error is Error::InvalidConfig and names it, got {error:?}"),
            matches!(error, Some(Error::InvalidConfig { field, .. }) if field == name),
        );
    }
    let smallest = Config {
        concurrency: 1,
        batch: 1_000,
        lease: Duration::from_millis(100),
        reconnect: Duration::from_millis(1),
        heartbeat: Duration::from_millis(1),
        block: Duration::from_millis(1),
        poll: Duration::from_millis(1),
        ..quick(kit.url())
    };
    kit.assert("the bounds themselves are valid", Server::new(smallest).is_ok());
}

/// Catches: a default that is not the documented one. (Tasks 5.1, 5.3 and 5.7 set those of
/// `concurrency` and `batch`.)
#[test]
fn the_defaults_are_as_documented() {
    let kit = testkit::kit!();
    let config = Config::default();
    kit.assert_eq("redis", config.redis, "redis://127.0.0.1:6379/0".to_owned());
    kit.assert_eq("queues", config.queues.queues, vec![("default".to_owned(), 1)]);
    kit.assert("the order of the queues is strict", !config.queues.weighted);
    let seconds = Duration::from_secs;
    let times = [
        ("lease", config.lease, seconds(5)),
        ("reconnect", config.reconnect, seconds(1)),
        ("timeout", config.timeout, seconds(25)),
        ("heartbeat", config.heartbeat, seconds(10)),
        ("block", config.block, seconds(2)),
        ("poll", config.poll, seconds(5)),
    ];
    for (name, default, expected) in times {
        kit.assert_eq(name, default, expected);
    }
    let output = kit.run(&["work", "--help"]);
    let help = String::from_utf8_lossy(&output.stdout)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    for (option, default) in [("--timeout", "25"), ("--heartbeat", "10"), ("--poll", "5")] {
        let text = help.split(&format!("{option} <")).nth(1).unwrap_or_default();
        let shown = text.split("[default: ").nth(1).and_then(|text| text.split(']').next());
        kit.assert_eq(&format!("the default of {option}"), shown, Some(default));
    }
}
