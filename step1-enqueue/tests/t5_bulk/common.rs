//! Fixtures of the tests of many jobs.

use serde_json::{Value, json};
use sidepunch::{Client, Job};
use testkit::Kit;

pub fn client(kit: &Kit) -> Client {
    Client::connect(&kit.url()).expect("the kit's URL is one of a Redis")
}

/// Returns the jids and first arguments of a queue, in the order in which they will be popped.
pub fn popped(kit: &Kit, queue: &str) -> Vec<(String, u64)> {
    let read = |payload: &String| {
        let payload: Value = serde_json::from_str(payload).expect("the payload is JSON");
        (
            payload["jid"].as_str().unwrap_or_default().to_owned(),
            payload["args"][0].as_u64().unwrap_or(u64::MAX),
        )
    };
    kit.list(queue).iter().rev().map(read).collect()
}

/// Returns the job with this payload.
pub fn job(payload: Value) -> Job {
    Job::parse(payload.to_string().as_bytes()).expect("the test's payload is a job")
}

/// Returns this many jobs, whose arguments are their numbers, from 0.
pub fn jobs(count: usize) -> Vec<Job> {
    (0..count)
        .map(|i| job(json!({"class": "NumberedWorker", "args": [i]})))
        .collect()
}
