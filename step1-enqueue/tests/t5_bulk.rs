//! Task 1.5: many jobs, 1,000 in each round trip.

use std::collections::HashSet;

use serde_json::{Value, json};
use sidepunch::{Client, Error, Job, Worker};
use testkit::Kit;

use crate::support::worker;

worker!(Numbered, "NumberedWorker", (u64, String));
worker!(Anything, "AnythingWorker", Value);
worker!(Nothing, "NothingWorker", ());

fn client(kit: &Kit) -> Client {
    Client::connect(&kit.url()).expect("the kit's URL is one of a Redis")
}

fn job(payload: Value) -> Job {
    Job::parse(payload.to_string().as_bytes()).expect("the test's payload is a job")
}

fn jobs(count: usize) -> Vec<Job> {
    (0..count)
        .map(|i| job(json!({"class": "NumberedWorker", "args": [i]})))
        .collect()
}

/// Returns the jids and first arguments of a queue, in the order in which they will be popped.
fn popped(kit: &Kit, queue: &str) -> Vec<(String, u64)> {
    let read = |payload: &String| {
        let payload: Value = serde_json::from_str(payload).expect("the payload is JSON");
        (
            payload["jid"].as_str().unwrap_or_default().to_owned(),
            payload["args"][0].as_u64().unwrap_or(u64::MAX),
        )
    };
    kit.list(queue).iter().rev().map(read).collect()
}

/// Catches: a batch that is pushed in reverse; jobs lost between two batches; one jid for all jobs;
/// jids in another order.
#[test]
fn pushes_all_jobs_in_order() {
    let kit = testkit::kit!();
    let jids = client(&kit).push_bulk(jobs(2_001)).expect("pushed");
    let expected: Vec<(String, u64)> = jids.iter().cloned().zip(0..).collect();
    let popped = popped(&kit, "queue:default");
    kit.assert_eq("as many jobs as were passed", popped.len(), 2_001);
    kit.assert(
        "they are popped in the given order, with the jids returned",
        popped == expected,
    );
    kit.assert_eq("each has its own jid", jids.iter().collect::<HashSet<_>>().len(), 2_001);
    kit.assert_eq(
        "the queue is in `queues`",
        kit.query::<Vec<String>>(&["SMEMBERS", "queues"]),
        ["default"],
    );
    let complete = |payload: &String| {
        ["retry", "queue", "created_at", "enqueued_at"]
            .iter()
            .all(|field| payload.contains(field))
    };
    kit.assert("each is complete", kit.list("queue:default").iter().all(complete));
}

/// A million jobs one by one are a million round trips, and one command for all would block Redis
/// for every other client. Catches: a loop over `push`; one `LPUSH` for everything; `SADD` for each
/// job.
#[test]
fn pushes_a_thousand_jobs_in_one_command() {
    let kit = testkit::kit!();
    client(&kit).push_bulk(jobs(2_500)).expect("pushed");
    let commands = kit.commands();
    let values: Vec<usize> = commands
        .iter()
        .filter(|command| command.to_uppercase().contains("LPUSH \"QUEUE:DEFAULT\""))
        .map(|command| command.matches(r#"\"class\""#).count())
        .collect();
    kit.assert_eq("LPUSH takes 1,000 payloads at a time", values, [1_000, 1_000, 500]);
    let others = commands
        .iter()
        .filter(|command| command.to_uppercase().starts_with("SADD"))
        .count();
    kit.assert(
        &format!("SADD is sent at most once with each LPUSH, not {others} times"),
        others <= 3,
    );
}

/// Catches: a wait for the reply to `SADD` before the `LPUSH`; a round trip for each queue, or for
/// each run of equal queues.
#[test]
fn pushes_a_thousand_jobs_in_one_round_trip() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let client = Client::connect(&proxy.url()).expect("the proxy's URL is one of a Redis");
    client
        .push_bulk(vec![job(json!({"class": "AnyWorker", "args": [], "queue": "first"}))])
        .expect("pushed");

    let mut jobs = jobs(1_000);
    for job in jobs.iter_mut().step_by(2) {
        job.set("queue", "second").expect("text is JSON");
    }
    proxy.hold_replies();
    let push = kit.spawn(move || client.push_bulk(jobs));
    kit.eventually(
        "all jobs and the names of their queues are in Redis before the client waits for a reply",
        || {
            let waiting = ["queue:default", "queue:second"].map(|key| kit.query::<usize>(&["LLEN", key]));
            waiting == [500, 500] && kit.query::<usize>(&["SCARD", "queues"]) == 3
        },
    );
    proxy.release_replies();
    kit.assert(
        "the push succeeds when the replies arrive",
        push.join("push_bulk returns").is_ok(),
    );
}

/// All jobs are checked before the first one is pushed. Catches: a check batch by batch.
#[test]
fn rejects_all_jobs_if_one_is_invalid() {
    let kit = testkit::kit!();
    let mut jobs = jobs(1_500);
    jobs.push(job(json!({"class": "AnyWorker", "args": [], "queue": ""})));
    let refused = client(&kit).push_bulk(jobs);
    kit.assert(
        "the job without a queue name is rejected with Error::InvalidQueue",
        matches!(refused, Err(Error::InvalidQueue(_))),
    );
    kit.assert_eq(
        "nothing is written, not even the first thousand jobs",
        kit.keys(),
        Vec::<String>::new(),
    );
}

/// Catches: an error that is dropped, so that the call returns jids of jobs that do not exist.
#[test]
fn push_bulk_returns_redis_errors() {
    let kit = testkit::kit!();
    kit.command(&["SET", "queue:default", "no list"]);
    let refused = client(&kit).push_bulk(jobs(3));
    kit.assert(
        &format!("a key of another type leads to Error::Refused, got {refused:?}"),
        matches!(refused, Err(Error::Refused { .. })),
    );
}

/// Catches: all jobs pushed to the queue of the first one; jids in the order of the queues; a queue
/// name that is read from the JSON text without unescaping it.
#[test]
fn pushes_each_job_to_its_own_queue() {
    let kit = testkit::kit!();
    let queue = |i: u64| if i.is_multiple_of(3) { "low" } else { "\"high\"" };
    let jobs = (0..9)
        .map(|i| job(json!({"class": "AnyWorker", "args": [i], "queue": queue(i)})))
        .collect();
    let jids = client(&kit).push_bulk(jobs).expect("pushed");
    let of = |numbers: &[u64]| {
        let own = |&i: &u64| (jids.get(i as usize).cloned().unwrap_or_default(), i);
        numbers.iter().map(own).collect::<Vec<_>>()
    };
    kit.assert_eq(
        "queue:low contains its own jobs, in order, with the jids returned",
        popped(&kit, "queue:low"),
        of(&[0, 3, 6]),
    );
    kit.assert_eq(
        "queue:\"high\" contains its own jobs, in order, with the jids returned",
        popped(&kit, "queue:\"high\""),
        of(&[1, 2, 4, 5, 7, 8]),
    );
    let mut queues: Vec<String> = kit.query(&["SMEMBERS", "queues"]);
    queues.sort();
    kit.assert_eq("both queues are in `queues`", queues, ["\"high\"", "low"]);
}

/// Catches: `SADD` with the first batch only, or only for queues that the client has not seen
/// before.
#[test]
fn adds_the_queues_with_every_command() {
    let kit = testkit::kit!();
    let client = client(&kit);
    for _ in 0..2 {
        let mut jobs = jobs(1_001);
        jobs[1_000].set("queue", "late").expect("text is JSON");
        client.push_bulk(jobs).expect("pushed");
        let mut queues: Vec<String> = kit.query(&["SMEMBERS", "queues"]);
        queues.sort();
        kit.assert_eq(
            "the queue of the last job is in `queues`, too",
            queues,
            ["default", "late"],
        );
        kit.command(&["DEL", "queues"]);
    }
}

/// If a million jobs went in one pipeline, the client and Redis would hold all of them in memory
/// until the last reply. Catches: all batches in one round trip.
#[test]
fn waits_for_each_reply_before_the_next_thousand() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let client = Client::connect(&proxy.url()).expect("the proxy's URL is one of a Redis");
    client.push_bulk(jobs(1)).expect("pushed");
    kit.command(&["DEL", "queue:default"]);
    proxy.hold_replies();
    let push = kit.spawn(move || client.push_bulk(jobs(2_500)));
    let pushed = || kit.query::<usize>(&["LLEN", "queue:default"]);
    kit.eventually("the first batch is in Redis", || pushed() > 0);
    // A second batch that was sent with it would be there by now.
    let max = (0..200).map(|_| pushed()).max();
    kit.assert_eq("nothing more is sent", max, Some(1_000));
    proxy.release_replies();
    kit.assert(
        "the push succeeds when the replies arrive",
        push.join("push_bulk returns").is_ok(),
    );
    kit.assert_eq("all jobs are pushed", pushed(), 2_500);
}

/// Redis rejects an `LPUSH` without a value. Catches: sending one.
#[test]
fn accepts_an_empty_list_of_jobs() {
    let kit = testkit::kit!();
    let pushed = client(&kit).push_bulk(Vec::new());
    kit.assert("an empty list is accepted", matches!(pushed.as_deref(), Ok([])));
    kit.assert_eq("nothing is written", kit.keys(), Vec::<String>::new());
}

/// Catches: `perform_async` in a loop, which needs a round trip for each job, and has written half
/// of them when one is rejected.
#[test]
fn perform_bulk_enqueues_all_or_nothing() {
    let kit = testkit::kit!();
    let args = (0..1_100).map(|i| if i == 1_050 { json!("no array") } else { json!([i]) });
    let refused = Anything::perform_bulk(&client(&kit), args);
    kit.assert(
        "args that are not an array are rejected with Error::ArgsNotArray",
        matches!(refused, Err(Error::ArgsNotArray(_))),
    );
    kit.assert_eq(
        "nothing is written, not even the first thousand jobs",
        kit.keys(),
        Vec::<String>::new(),
    );
    let pushed = Anything::perform_bulk(&client(&kit), (0..1_100).map(|i| json!([i])));
    kit.assert("valid jobs are pushed", pushed.is_ok());
    let lpushes = kit
        .commands()
        .iter()
        .filter(|command| command.to_uppercase().starts_with("LPUSH"))
        .count();
    kit.assert_eq("1,100 jobs are two LPUSH", lpushes, 2);
}

/// Catches: `()` written as `null`, because only `perform_async` handles it.
#[test]
fn perform_bulk_writes_no_arguments_as_an_empty_array() {
    let kit = testkit::kit!();
    Nothing::perform_bulk(&client(&kit), [(), ()]).expect("() stands for no arguments");
    let args = |payload: &String| serde_json::from_str::<Value>(payload).expect("JSON")["args"].clone();
    let all: Vec<Value> = kit.list("queue:default").iter().map(args).collect();
    kit.assert_eq("() is written as []", all, [json!([]), json!([])]);
}

/// Catches: args in one more array; another class.
#[test]
fn perform_bulk_enqueues_typed_args() {
    let kit = testkit::kit!();
    let jids = Numbered::perform_bulk(&client(&kit), (0..1_200).map(|i| (i, "abc".to_owned()))).expect("pushed");
    let expected: Vec<(String, u64)> = jids.into_iter().zip(0..1_200).collect();
    kit.assert(
        "all jobs are in order, with the jids returned",
        popped(&kit, "queue:default") == expected,
    );
    let first: Value = serde_json::from_str(&kit.list("queue:default")[0]).expect("the payload is JSON");
    kit.assert_eq(
        "the class is the worker's",
        first["class"].clone(),
        json!("NumberedWorker"),
    );
    kit.assert_eq("the args are the tuple", first["args"].clone(), json!([1_199, "abc"]));
}
