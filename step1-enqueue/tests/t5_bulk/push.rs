//! `Client::push_bulk`: many jobs, 1,000 in each round trip.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sidepunch::{Client, Error, Job};
use testkit::epoch_seconds;

use super::common::{client, popped};

fn job(payload: Value) -> Job {
    Job::parse(payload.to_string().as_bytes()).expect("the test's payload is a job")
}

fn jobs(count: usize) -> Vec<Job> {
    (0..count)
        .map(|i| job(json!({"class": "NumberedWorker", "args": [i]})))
        .collect()
}

/// Catches: a batch that is pushed in reverse; jobs lost between two batches; one jid for all jobs;
/// jids in another order; times other than now.
#[test]
fn pushes_all_jobs_in_order() {
    let kit = testkit::kit!();
    let before = epoch_seconds();
    let jids = client(&kit).push_bulk(jobs(2_001)).expect("pushed");
    let after = epoch_seconds();
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
    let pushed = before - 1e-5..=after + 1e-5;
    for job in kit.json_list("queue:default") {
        kit.assert("each is complete", job["retry"] == true && job["queue"] == "default");
        for time in ["created_at", "enqueued_at"] {
            let is_now = job[time].is_f64() && job[time].as_f64().is_some_and(|time| pushed.contains(&time));
            kit.assert(&format!("{time} is the time of the push, not {}", job[time]), is_now);
        }
    }
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

/// Catches: an error that is dropped, so that the call returns jids of jobs that do not exist; an
/// error that is returned for the first thousand jobs only; a look at the replies to `LPUSH` only.
#[test]
fn push_bulk_returns_redis_errors() {
    let kit = testkit::kit!();
    kit.command(&["SET", "queue:broken", "no list"]);
    for count in [1, 1_001] {
        let mut jobs = jobs(count);
        jobs[count - 1].set("queue", "broken").expect("text is JSON");
        let refused = client(&kit).push_bulk(jobs);
        kit.assert(
            &format!("a key of another type leads to Error::Refused, got {refused:?}"),
            matches!(refused, Err(Error::Refused { .. })),
        );
    }
    kit.command(&["SET", "queues", "no set"]);
    let refused = client(&kit).push_bulk(jobs(1));
    kit.assert(
        &format!("so does a set of queues of another type, got {refused:?}"),
        matches!(refused, Err(Error::Refused { .. })),
    );
}

/// The jobs of the earlier chunks may be running already. Catches: a chunk that is removed again
/// when a later one fails.
#[test]
fn keeps_the_earlier_chunks_after_an_error() {
    let kit = testkit::kit!();
    kit.command(&["SET", "queue:broken", "no list"]);
    let mut jobs = jobs(1_001);
    jobs[1_000].set("queue", "broken").expect("text is JSON");
    kit.assert("the second chunk is refused", client(&kit).push_bulk(jobs).is_err());
    kit.assert_eq("the first chunk stays", kit.list("queue:default").len(), 1_000);
}

/// Catches: a job that is left out because another one has the same jid.
#[test]
fn pushes_equal_jobs_as_often_as_they_are_given() {
    let kit = testkit::kit!();
    let equal = || job(json!({"class": "AnyWorker", "args": [7], "jid": "abc"}));
    let jids = client(&kit).push_bulk(vec![equal(), equal()]).expect("pushed");
    kit.assert_eq("both jids are returned", jids, ["abc", "abc"]);
    kit.assert_eq("both jobs are in the queue", kit.list("queue:default").len(), 2);
}

/// Catches: new jids for jobs that have one; the jids that the client would have given to them.
#[test]
fn keeps_and_returns_the_jids_that_jobs_have() {
    let kit = testkit::kit!();
    let given: Vec<(String, u64)> = (0..3).map(|i| (format!("{i:024x}"), i)).collect();
    let jobs = given
        .iter()
        .map(|(jid, i)| job(json!({"class": "AnyWorker", "args": [i], "jid": jid})));
    let jids = client(&kit).push_bulk(jobs.collect()).expect("pushed");
    kit.assert_eq("the jobs have their jids", popped(&kit, "queue:default"), given.clone());
    kit.assert(
        "push_bulk returns them",
        jids.iter().eq(given.iter().map(|(jid, _)| jid)),
    );
}

/// Catches: all jobs pushed to the queue of the first one; jids in the order of the queues; a queue
/// name that is read from the JSON text without unescaping it; a `created_at` that is set again.
#[test]
fn pushes_each_job_to_its_own_queue() {
    let kit = testkit::kit!();
    let queue = |i: u64| if i.is_multiple_of(3) { "low" } else { "\"high\"" };
    let jobs = (0..9)
        .map(|i| job(json!({"class": "AnyWorker", "args": [i], "queue": queue(i), "created_at": 1.5})))
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
    let kept = kit.json_list("queue:low").iter().all(|job| job["created_at"] == 1.5);
    kit.assert("a job that has a created_at keeps it", kept);
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
/// until the last reply. Catches: all batches in one round trip; a thousand jobs for each queue.
#[test]
fn waits_for_each_reply_before_the_next_thousand() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let client = Client::connect(&proxy.url()).expect("the proxy's URL is one of a Redis");
    client.push_bulk(jobs(1)).expect("pushed");
    kit.command(&["DEL", "queue:default"]);
    let mut jobs = jobs(2_500);
    for job in jobs.iter_mut().step_by(2) {
        job.set("queue", "second").expect("text is JSON");
    }
    proxy.hold_replies();
    let push = kit.spawn(move || client.push_bulk(jobs));
    let length = |key: &str| kit.query::<usize>(&["LLEN", key]);
    let pushed = || length("queue:default") + length("queue:second");
    kit.eventually("the first batch is in Redis", || pushed() >= 1_000);
    // A second batch that was sent with it would be there by now. On a busy machine, 200 looks could
    // take so long that the client gives up its wait for the reply, and tries again.
    let end = Instant::now() + Duration::from_secs(1);
    let looks = (0..200).map(|_| pushed()).take_while(|_| Instant::now() < end);
    let max = looks.max().or(Some(pushed()));
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
