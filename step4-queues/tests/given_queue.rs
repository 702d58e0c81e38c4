//! Given: the queue of a worker, and the option `--queue` of `enqueue`.

use std::time::Duration;

use serde_json::Value;
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
