//! Given: reading payloads, connections that break, the program's command line.

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use serde_json::Value;
use step5_threads::connection::Connections;
use step5_threads::lanes::Lanes;
use step5_threads::{BoxError, Client, Config, Error, Job, Registry, Retry, Server, Stop, Worker};

/// Ruby writes other keys, in another order; all of it survives a round trip.
#[test]
fn every_byte_of_a_value_survives() {
    let kit = testkit::kit!();
    let payload = r#"{"retry":true,"queue":"default","class":"HardWorker","args":[1e2,"\u00e9\ud800",18446744073709551617],"jid":"b4a577edbccf1d805744efa9","created_at":1700000000123,"tags":[1.0]}"#;
    let job = Job::parse(payload.as_bytes()).expect("a job");
    kit.assert_eq(
        "a payload that is read and written is the same",
        job.to_string(),
        payload,
    );
    kit.assert_eq("class", job.class(), "HardWorker");
    kit.assert_eq("jid", job.jid().as_deref(), Some("b4a577edbccf1d805744efa9"));
    kit.assert_eq("queue", job.queue(), "default");
    kit.assert_eq("raw values are as written", job.raw("tags"), Some("[1.0]"));
    kit.assert_eq("an odd type reads as absent", job.get::<String>("retry"), None);
}

/// What a failure adds must not respell the rest. An integral float keeps its point, or Sidekiq 8 takes it for
/// milliseconds.
#[test]
fn keys_are_added_and_removed_in_place() {
    let kit = testkit::kit!();
    let mut job = Job::parse(br#"{"class":"A","x":1e2,"args":[]}"#).expect("a job");
    job.record("at", 1_795_454_181.0);
    job.record("class", "B");
    job.record("text", "é\u{1}\"");
    job.record("count", 3);
    job.record("infinite", f64::INFINITY);
    job.remove("x");
    job.remove("unknown");
    kit.assert_eq(
        "the others stay where they were",
        job.to_string(),
        r#"{"class":"B","args":[],"at":1795454181.0,"text":"é\u0001\"","count":3,"infinite":null}"#.to_owned(),
    );
}

struct Often;

impl Worker for Often {
    const CLASS: &'static str = "OftenWorker";
    const RETRY: Retry = Retry::Times(7);
    type Args = (u64,);

    fn perform(&self, _: Self::Args, _: &Job) -> Result<(), BoxError> {
        Ok(())
    }
}

/// Sidekiq's clients write the worker's option into each job, and Sidekiq's pages show it.
#[test]
fn a_workers_retry_option_is_written_into_its_jobs() {
    let kit = testkit::kit!();
    let client = Client::connect(&kit.url()).expect("a URL of a Redis");
    Often::perform_async(&client, (1,)).expect("pushed");
    Often::perform_bulk(&client, [(2,), (3,)]).expect("pushed");
    let list = kit.list("queue:default");
    kit.assert_eq("three jobs were pushed", list.len(), 3);
    for payload in list {
        let job: Value = serde_json::from_str(&payload).expect("it is JSON");
        kit.assert_eq(
            "`retry` is the worker's option",
            job["retry"].clone(),
            serde_json::json!(7),
        );
    }
    let mut registry = Registry::default();
    registry.register(Often);
    let retry = |class| registry.retry(&Job::new(class, &[1]).expect("a job"));
    kit.assert_eq("a registry knows it, too", retry("OftenWorker"), Retry::Times(7));
    kit.assert_eq("of an unknown class it knows nothing", retry("NewWorker"), Retry::Yes);
}

struct Urgent;

impl Worker for Urgent {
    const CLASS: &'static str = "UrgentWorker";
    const QUEUE: &'static str = "critical";
    type Args = (u64,);

    fn perform(&self, _: Self::Args, _: &Job) -> Result<(), BoxError> {
        Ok(())
    }
}

/// A worker's jobs go to its own queue, however they are enqueued.
#[test]
fn a_workers_jobs_go_to_its_queue() {
    let kit = testkit::kit!();
    let client = Client::connect(&kit.url()).expect("a URL of a Redis");
    Urgent::perform_async(&client, (1,)).expect("pushed");
    Urgent::perform_bulk(&client, [(2,), (3,)]).expect("pushed");
    Often::perform_async(&client, (4,)).expect("pushed");
    kit.assert_eq("three jobs are in `critical`", kit.list("queue:critical").len(), 3);
    kit.assert_eq("that of another worker is not", kit.list("queue:default").len(), 1);
    Urgent::perform_in(&client, Duration::from_secs(3_600), (5,)).expect("scheduled");
    let scheduled: Vec<String> = kit.query(&["ZRANGE", "schedule", "0", "-1"]);
    for payload in kit.list("queue:critical").iter().chain(&scheduled) {
        let job: Value = serde_json::from_str(payload).expect("it is JSON");
        kit.assert_eq(
            "each names the queue",
            job["queue"].clone(),
            serde_json::json!("critical"),
        );
    }
}

/// The name is the caller's; only an empty one is none.
#[test]
fn the_program_enqueues_to_any_queue() {
    let kit = testkit::kit!();
    kit.assert(
        "it ends well",
        kit.run(&["enqueue", "SlowWorker", "[1]", "--queue", "a b.é"])
            .status
            .success(),
    );
    kit.assert_eq("the job is there", kit.list("queue:a b.é").len(), 1);
    refused(&["enqueue", "SlowWorker", "[1]", "--queue", ""], "--queue");
}

/// What stands in a payload under `retry`, and is obeyed.
#[test]
fn a_retry_option_is_true_a_number_or_false() {
    let kit = testkit::kit!();
    for (json, expected) in [
        ("true", Some(Retry::Yes)),
        ("false", Some(Retry::No)),
        ("0", Some(Retry::Times(0))),
        ("25", Some(Retry::Times(25))),
        ("-1", None),
        ("1.0", None),
        ("null", None),
        ("\"true\"", None),
        ("", None),
    ] {
        kit.assert_eq(&format!("{json} reads as"), Retry::parse(json), expected);
    }
}

/// What is no job says why. Kills: an array that is read as the fields of a job, and has none of them when it is written.
#[test]
fn what_is_no_job_is_refused() {
    let kit = testkit::kit!();
    for payload in [
        &b"not json"[..],
        b"42",
        b"null",
        b"[1]",
        b"",
        b"{}",
        b"\xff\xfe",
        br#"{"class":"A"}"#,
        br#"{"args":[]}"#,
        br#"{"class":1,"args":[]}"#,
        br#"{"class":"A","args":{}}"#,
        br#"{"class":"A","args":null}"#,
        br#"{"class":"A","args":[]} x"#,
        // What an object holds, in order.
        br#"["A",[]]"#,
    ] {
        let refused = Job::parse(payload);
        let sentence = format!("{:?} is no job", String::from_utf8_lossy(payload));
        kit.assert(&sentence, matches!(refused, Err(Error::NotAJob(_))));
    }
}

fn ping(connections: &Connections, text: &str) -> Result<String, String> {
    let answer = connections.run(|connection| redis::cmd("ECHO").arg(text).query(connection));
    answer.map_err(|error| error.to_string())
}

/// Redis was restarted, or closed the connection because it was idle.
#[test]
fn an_idle_connection_that_was_closed_is_replaced() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let connections = Connections::new(&proxy.url()).expect("a URL of a Redis");
    kit.assert_eq("the first answer", ping(&connections, "a"), Ok("a".to_owned()));
    proxy.cut();
    kit.assert_eq(
        "the next command runs on a new connection",
        ping(&connections, "b"),
        Ok("b".to_owned()),
    );
}

/// The late answer to one command must not be taken for the answer to the next.
#[test]
fn a_connection_that_failed_is_never_used_again() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let connections = Connections::new(&proxy.url()).expect("a URL of a Redis");
    kit.assert_eq("the first answer", ping(&connections, "a"), Ok("a".to_owned()));
    proxy.cut_after_request("ECHO");
    let _ = ping(&connections, "b");
    for text in ["c", "d"] {
        kit.assert_eq(
            "each command gets its own answer",
            ping(&connections, text),
            Ok(text.to_owned()),
        );
    }
}

/// A typing error in a URL is told at once, without the password.
#[test]
fn a_url_of_something_else_is_refused() {
    let kit = testkit::kit!();
    for url in [
        "",
        "localhost:6379",
        "http://127.0.0.1:6379",
        "redis://me:s3cret@127.0.0.1:port/0",
    ] {
        match Client::connect(url) {
            Err(error @ Error::BadUrl { .. }) => {
                kit.assert(
                    &format!("the password is not shown: {error}"),
                    !error.to_string().contains("s3cret"),
                );
            }
            other => kit.fail(&format!("{url:?} is refused with Error::BadUrl, got {other:?}")),
        }
    }
}

struct Nothing;

impl Worker for Nothing {
    const CLASS: &'static str = "NothingWorker";
    type Args = ();

    fn perform(&self, (): Self::Args, _: &Job) -> Result<(), BoxError> {
        Ok(())
    }
}

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

fn refused(args: &[&str], named: &str) {
    let kit = testkit::kit!();
    let output = kit.run(args);
    kit.assert_eq(
        &format!("{args:?} is refused with exit code 2"),
        output.status.code(),
        Some(2),
    );
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    kit.assert(
        &format!("the message names {named:?}: {stderr}"),
        stderr.contains(named),
    );
    kit.assert("nothing is printed to stdout", output.stdout.is_empty());
    kit.assert_eq("nothing is written", kit.keys(), Vec::<String>::new());
}

/// A script must be able to tell "you called me wrongly" (2) from "it did not work" (1).
#[test]
fn args_that_are_no_json_array_are_refused() {
    refused(&["enqueue", "AnyWorker", "hits"], "hits");
    refused(&["enqueue", "AnyWorker", r#"["hits""#], "hits");
    refused(&["enqueue", "AnyWorker", r#"{"name":"hits"}"#], "array");
    refused(&["enqueue", "AnyWorker", "null"], "array");
    refused(&["enqueue", "AnyWorker", ""], "ARGS_JSON");
}

/// Nobody could perform a job without a class.
#[test]
fn an_empty_class_is_refused() {
    refused(&["enqueue", "", "[]"], "CLASS");
}

/// A job that is lost in a typing error is no better than one that is lost in a crash.
#[test]
fn a_bad_delay_or_option_is_refused() {
    for delay in ["-1", "nan", "1e300", "3155760001", ""] {
        refused(&["enqueue", "SlowWorker", "[1]", &format!("--in={delay}")], "--in");
    }
    refused(&["work", "--poll", "inf"], "--poll");
    for retry in ["yes", "-1", "1.5", "null"] {
        refused(
            &["enqueue", "SlowWorker", "[1]", &format!("--retry={retry}")],
            "--retry",
        );
    }
}

/// What the tests and people ask first.
#[test]
fn the_program_names_itself() {
    let kit = testkit::kit!();
    let output = kit.run(&["--version"]);
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let named = concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"));
    kit.assert(
        &format!("--version names the program and its version: {stdout}"),
        stdout.starts_with(named),
    );
}

/// A loop that waits must hear of it at once; one that asks later, too.
#[test]
fn a_request_to_stop_wakes_whoever_waits() {
    let kit = testkit::kit!();
    let stop = Stop::default();
    kit.assert(
        "nobody has asked yet",
        !stop.is_requested() && !stop.wait(Duration::from_millis(1)),
    );
    let waiting = stop.clone();
    let task = kit.spawn(move || waiting.wait(Duration::from_secs(3_600)));
    stop.request();
    kit.assert(
        "the wait ends with true",
        task.join("the wait of an hour ends when a stop is requested"),
    );
    kit.assert(
        "it stays requested, for every clone",
        stop.is_requested() && stop.clone().wait(Duration::ZERO),
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
