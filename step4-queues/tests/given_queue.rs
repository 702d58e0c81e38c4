//! Given: the queue of a worker, the options `--queue` of `enqueue` and `-q` of `work`, and the
//! names of all queues.

use std::time::Duration;

use serde_json::{Value, json};
use sidepunch::{BoxError, Client, Job, Worker};

use crate::support::{refused, worker};

worker!(Often, "OftenWorker", (u64,));

struct Urgent;

impl Worker for Urgent {
    const CLASS: &'static str = "UrgentWorker";
    const QUEUE: &'static str = "critical";
    type Args = (u64,);

    fn perform(&self, _: Self::Args, _: &Job) -> Result<(), BoxError> {
        Ok(())
    }
}

/// All methods of a worker enqueue to its own queue.
#[test]
fn enqueues_to_the_workers_queue() {
    let kit = testkit::kit!();
    let client = Client::connect(&kit.url()).expect("a URL of a Redis");
    Urgent::perform_async(&client, (1,)).expect("pushed");
    Urgent::perform_bulk(&client, [(2,), (3,)]).expect("pushed");
    Often::perform_async(&client, (4,)).expect("pushed");
    kit.assert_eq("three jobs are in `critical`", kit.list("queue:critical").len(), 3);
    kit.assert_eq(
        "the job of the other worker is in `default`",
        kit.list("queue:default").len(),
        1,
    );
    Urgent::perform_in(&client, Duration::from_secs(3_600), (5,)).expect("scheduled");
    let scheduled: Vec<String> = kit.query(&["ZRANGE", "schedule", "0", "-1"]);
    for payload in kit.list("queue:critical").iter().chain(&scheduled) {
        let job: Value = serde_json::from_str(payload).expect("it is JSON");
        kit.assert_eq(
            "each payload contains the queue",
            job["queue"].clone(),
            serde_json::json!("critical"),
        );
    }
}

/// Every name is valid, except an empty one.
#[test]
fn enqueue_accepts_any_queue() {
    let kit = testkit::kit!();
    kit.assert(
        "the exit code is 0",
        kit.run(&["enqueue", "SlowWorker", "[1]", "--queue", "a b.é"])
            .status
            .success(),
    );
    kit.assert_eq("the job is in that queue", kit.list("queue:a b.é").len(), 1);
    refused(&["enqueue", "SlowWorker", "[1]", "--queue", ""], "--queue");
}

/// Catches: a worker without options that fetches from every queue.
#[test]
fn work_fetches_from_default_only_without_options() {
    let kit = testkit::kit!();
    let job = |jid: &str| json!({"class": "SlowWorker", "args": [1], "jid": jid}).to_string();
    kit.command(&["SADD", "queues", "default", "mailers"]);
    kit.lpush("queue:default", &[job("aaaaaaaaaaaaaaaaaaaaaaaa").as_bytes()]);
    kit.lpush("queue:mailers", &[job("bbbbbbbbbbbbbbbbbbbbbbbb").as_bytes()]);
    let program = kit.start(&["work"]);
    kit.eventually("the job of `default` is performed", || {
        program.stderr().contains("aaaaaaaaaaaaaaaaaaaaaaaa")
    });
    kit.eventually("then it waits for jobs", || kit.blocked() > 0);
    kit.assert_eq("the job of another queue stays", kit.list("queue:mailers").len(), 1);
}

/// A client cannot push to such a queue. Catches: a name whose invalid bytes are replaced, so that
/// it is the name of a queue that does not exist.
#[test]
fn leaves_out_names_that_are_not_utf8() {
    let kit = testkit::kit!();
    kit.command(&[b"SADD".as_slice(), b"queues", b"low", b"b\xff\xfe"]);
    let client = Client::connect(&kit.url()).expect("a URL of a Redis");
    let queues = client.queues().unwrap_or_else(|error| kit.fail(&error.to_string()));
    let names: Vec<&str> = queues.iter().map(|queue| queue.name()).collect();
    kit.assert_eq("the names", names, vec!["low"]);
}
