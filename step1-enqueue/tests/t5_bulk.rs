//! Task 1.5: many jobs, 1,000 to a round trip.

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

/// The jids and first arguments of a queue, in the order in which they will be popped.
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

/// Kills: a batch pushed in reverse, jobs lost at the edge of a batch, one jid for all, jids in another order.
#[test]
fn pushes_all_jobs_in_order() {
    let kit = testkit::kit!();
    let jids = client(&kit).push_bulk(jobs(2_001)).expect("pushed");
    let expected: Vec<(String, u64)> = jids.iter().cloned().zip(0..).collect();
    let popped = popped(&kit, "queue:default");
    kit.assert_eq("as many jobs as were given", popped.len(), 2_001);
    kit.assert(
        "they are popped in the order given, under the jids returned",
        popped == expected,
    );
    kit.assert_eq(
        "each has a jid of its own",
        jids.iter().collect::<HashSet<_>>().len(),
        2_001,
    );
    kit.assert_eq(
        "the queue is made known",
        kit.query::<Vec<String>>(&["SMEMBERS", "queues"]),
        ["default"],
    );
    let complete = |payload: &String| {
        ["retry", "queue", "created_at", "enqueued_at"]
            .iter()
            .all(|key| payload.contains(key))
    };
    kit.assert("each is complete", kit.list("queue:default").iter().all(complete));
}

/// A million jobs one by one is a million round trips; all in one would keep everybody else waiting. Kills: a loop over
/// `push`, one LPUSH for everything, SADD for each job.
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
        &format!("SADD is sent once with each LPUSH at the most, not {others} times"),
        others <= 3,
    );
}

/// Kills: waiting for SADD's answer before LPUSH, a round trip for each queue or each run of equal queues.
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
        "all jobs and their queues' names are in Redis before any answer is awaited",
        || {
            let waiting = ["queue:default", "queue:second"].map(|key| kit.query::<usize>(&["LLEN", key]));
            waiting == [500, 500] && kit.query::<usize>(&["SCARD", "queues"]) == 3
        },
    );
    proxy.release_replies();
    kit.assert(
        "the push succeeds once the answers arrive",
        push.join("push_bulk returns").is_ok(),
    );
}

/// All or nothing, as far as we can see it beforehand. Kills: checking batch by batch.
#[test]
fn rejects_all_jobs_if_one_is_invalid() {
    let kit = testkit::kit!();
    let mut jobs = jobs(1_500);
    jobs.push(job(json!({"class": "AnyWorker", "args": [], "queue": ""})));
    let refused = client(&kit).push_bulk(jobs);
    kit.assert(
        "the job without a queue's name is refused",
        matches!(refused, Err(Error::InvalidQueue(_))),
    );
    kit.assert_eq(
        "nothing is written, not even the first thousand",
        kit.keys(),
        Vec::<String>::new(),
    );
}

/// Kills: an error that is dropped, with jids for jobs that are not there.
#[test]
fn push_bulk_returns_redis_errors() {
    let kit = testkit::kit!();
    kit.command(&["SET", "queue:default", "no list"]);
    let refused = client(&kit).push_bulk(jobs(3));
    kit.assert(
        &format!("a key of another type is Error::Refused, got {refused:?}"),
        matches!(refused, Err(Error::Refused { .. })),
    );
}

/// Kills: all jobs to the first one's queue, jids in the order of the queues, a name that is taken as it stands in JSON.
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
        "queue:low holds its own, in order, under the jids returned",
        popped(&kit, "queue:low"),
        of(&[0, 3, 6]),
    );
    kit.assert_eq(
        "queue:\"high\" holds its own, in order, under the jids returned",
        popped(&kit, "queue:\"high\""),
        of(&[1, 2, 4, 5, 7, 8]),
    );
    let mut queues: Vec<String> = kit.query(&["SMEMBERS", "queues"]);
    queues.sort();
    kit.assert_eq("both queues are made known", queues, ["\"high\"", "low"]);
}

/// Kills: SADD for the first batch only, or for what the client has not met before.
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
        kit.assert_eq("the queue of the last job is known, too", queues, ["default", "late"]);
        kit.command(&["DEL", "queues"]);
    }
}

/// A million jobs in one pipeline would be held in memory, by us and by Redis, until the last is answered. Kills: all batches
/// in one round trip.
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
    // What had been sent with it would be there by now.
    let most = (0..200).map(|_| pushed()).max();
    kit.assert_eq("nothing more is sent", most, Some(1_000));
    proxy.release_replies();
    kit.assert(
        "the push succeeds once the answers arrive",
        push.join("push_bulk returns").is_ok(),
    );
    kit.assert_eq("with all jobs", pushed(), 2_500);
}

/// LPUSH without a value is an error of Redis. Kills: sending one.
#[test]
fn accepts_an_empty_list_of_jobs() {
    let kit = testkit::kit!();
    let pushed = client(&kit).push_bulk(Vec::new());
    kit.assert("an empty bulk is fine", matches!(pushed.as_deref(), Ok([])));
    kit.assert_eq("nothing is written", kit.keys(), Vec::<String>::new());
}

/// Kills: `perform_async` in a loop: a round trip for each, and half of them written when one is refused.
#[test]
fn perform_bulk_enqueues_all_or_nothing() {
    let kit = testkit::kit!();
    let args = (0..1_100).map(|i| if i == 1_050 { json!("no array") } else { json!([i]) });
    let refused = Anything::perform_bulk(&client(&kit), args);
    kit.assert(
        "args that are no array are refused",
        matches!(refused, Err(Error::ArgsNotArray(_))),
    );
    kit.assert_eq(
        "nothing is written, not even the first thousand",
        kit.keys(),
        Vec::<String>::new(),
    );
    let pushed = Anything::perform_bulk(&client(&kit), (0..1_100).map(|i| json!([i])));
    kit.assert("good ones are pushed", pushed.is_ok());
    let lpushes = kit
        .commands()
        .iter()
        .filter(|command| command.to_uppercase().starts_with("LPUSH"))
        .count();
    kit.assert_eq("1,100 jobs are two LPUSH", lpushes, 2);
}

/// Kills: `()` as null, which only `perform_async` minds.
#[test]
fn perform_bulk_writes_no_arguments_as_an_empty_array() {
    let kit = testkit::kit!();
    Nothing::perform_bulk(&client(&kit), [(), ()]).expect("() stands for no arguments");
    let args = |payload: &String| serde_json::from_str::<Value>(payload).expect("JSON")["args"].clone();
    let all: Vec<Value> = kit.list("queue:default").iter().map(args).collect();
    kit.assert_eq("() is written as []", all, [json!([]), json!([])]);
}

/// Kills: args wrapped once more, another class.
#[test]
fn perform_bulk_enqueues_typed_args() {
    let kit = testkit::kit!();
    let jids = Numbered::perform_bulk(&client(&kit), (0..1_200).map(|i| (i, "abc".to_owned()))).expect("pushed");
    let expected: Vec<(String, u64)> = jids.into_iter().zip(0..1_200).collect();
    kit.assert(
        "all jobs are in order, under the jids returned",
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
