//! `Client::push_bulk`: 1,000 jobs in each round trip.

use std::time::{Duration, Instant};

use serde_json::json;
use sidepunch::Client;
use testkit::{Kit, Proxy};

use super::common::{client, job, jobs, popped};

/// Returns a client that has an open connection through the proxy, and has left no job in Redis.
fn connected(kit: &Kit, proxy: &Proxy) -> Client {
    let client = Client::connect(&proxy.url()).expect("the proxy's URL is one of a Redis");
    client.push_bulk(jobs(1)).expect("pushed");
    kit.command(&["DEL", "queue:default"]);
    client
}

/// As in `repeats_a_push_with_the_same_jid`. Catches: jobs that are completed again for the second
/// attempt, so that the first copies have jids that the caller does not know.
#[test]
fn repeats_a_chunk_with_the_same_jids() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let client = connected(&kit, &proxy);
    proxy.cut_after_request("LPUSH");
    let jids = client.push_bulk(jobs(2));
    kit.assert("a reply was lost", proxy.fired());
    let jids = jids.unwrap_or_else(|error| kit.fail(&format!("the push is repeated, got {error}")));
    let pushed = kit.json_list("queue:default");
    kit.assert(
        &format!("each copy has a jid that was returned, {jids:?}: {pushed:?}"),
        pushed.len() >= 2 && pushed.iter().all(|job| jids.iter().any(|jid| job["jid"] == *jid)),
    );
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

/// If a million jobs went in one pipeline, the client and Redis would hold all of them in memory
/// until the last reply. Catches: all batches in one round trip; a thousand jobs for each queue.
#[test]
fn waits_for_each_reply_before_the_next_thousand() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let client = connected(&kit, &proxy);
    let mut jobs = jobs(2_500);
    for job in jobs.iter_mut().step_by(2) {
        job.set("queue", "second").expect("text is JSON");
    }
    proxy.hold_replies();
    let push = kit.spawn(move || client.push_bulk(jobs));
    let length = |key: &str| kit.query::<usize>(&["LLEN", key]);
    let pushed = || length("queue:default") + length("queue:second");
    kit.eventually("the first batch is in Redis", || pushed() >= 1_000);
    // A second batch that was sent with it would be there by now. On a busy machine, 200 looks
    // could take so long that the client gives up its wait for the reply, and tries again.
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

/// The jobs of the earlier chunks may be running already. Catches: a chunk that is removed again
/// when a later one fails; a chunk that is sent after an error.
#[test]
fn keeps_the_earlier_chunks_after_an_error() {
    let kit = testkit::kit!();
    kit.command(&["SET", "queue:broken", "no list"]);
    let mut jobs = jobs(2_500);
    for job in &mut jobs[1_000..2_000] {
        job.set("queue", "broken").expect("text is JSON");
    }
    kit.assert("the second chunk is refused", client(&kit).push_bulk(jobs).is_err());
    kit.assert_eq(
        "the first chunk stays, and the third one is not sent",
        kit.list("queue:default").len(),
        1_000,
    );
}

/// If a connection breaks, only the commands whose reply is missing may be executed twice. Catches:
/// all chunks in one call of `with_connection`, so that those that are written are sent again.
#[test]
fn does_not_repeat_a_chunk_that_was_answered() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let client = connected(&kit, &proxy);
    let mut jobs = jobs(2_500);
    jobs[2_499] = job(json!({"class": "LastChunkWorker", "args": [2_499]}));
    proxy.cut_after_request("LastChunkWorker");
    // The client may repeat the last chunk, or return the error.
    let _ = client.push_bulk(jobs);
    kit.assert(
        "the connection broke before the reply to the third chunk",
        proxy.fired(),
    );
    let numbers: Vec<u64> = popped(&kit, "queue:default")
        .into_iter()
        .map(|(_, number)| number)
        .collect();
    let of_answered_chunks = numbers.iter().filter(|number| **number < 2_000).count();
    kit.assert_eq(
        "the jobs of the answered chunks are in the queue once",
        of_answered_chunks,
        2_000,
    );
}
