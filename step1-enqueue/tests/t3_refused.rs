//! Tasks 1.2 and 1.3: a Redis that refuses a job or whose reply is lost, the order of the commands,
//! and what is special about each job: its time and its jid.

use std::collections::HashSet;

use serde_json::Value;
use sidepunch::{Client, Error, Job};

/// Catches: the advice to start Redis, although it runs and refuses the command.
#[test]
fn gives_no_advice_to_start_a_redis_that_refuses() {
    let kit = testkit::kit!();
    kit.command(&["SET", "queue:default", "no list"]);
    let output = kit.run(&["enqueue", "AnyWorker", "[]"]);
    kit.assert_eq("the exit code is 1", output.status.code(), Some(1));
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    kit.assert(
        &format!("the message contains the error of Redis, and no advice: {stderr}"),
        stderr.contains("WRONGTYPE") && !stderr.contains("Start Redis"),
    );
}

/// Workers and latencies are measured in milliseconds. Catches: a time that is rounded to
/// milliseconds.
#[test]
fn writes_times_with_microseconds() {
    let kit = testkit::kit!();
    let client = Client::connect(&kit.url()).expect("a URL of a Redis");
    for _ in 0..20 {
        client.push(Job::new("A", &[0; 0]).expect("a job")).expect("pushed");
    }
    let times = kit.json_list("queue:default").into_iter();
    let times: Vec<f64> = times.filter_map(|job| job["enqueued_at"].as_f64()).collect();
    let is_rounded = |time: &f64| ((time * 1e3).round() - time * 1e3).abs() < 1e-3;
    kit.assert(
        &format!("at least one of 20 times is between two milliseconds: {times:?}"),
        times.len() == 20 && !times.iter().all(is_rounded),
    );
}

/// Two programs that start at the same time are two processes. Catches: a random source whose seed
/// is the time of the start, or is constant.
#[test]
fn gives_the_jobs_of_each_process_other_jids() {
    let kit = testkit::kit!();
    let enqueue = |_| kit.run(&["enqueue", "AnyWorker", "[]"]).stdout;
    let jids: HashSet<Vec<u8>> = (0..10).map(enqueue).collect();
    kit.assert_eq("ten runs of `enqueue` print ten jids", jids.len(), 10);
}

/// The connection may break between the two commands. Then a name without a job is harmless, but a
/// job in a queue without a name is not shown. Catches: `LPUSH` before `SADD`.
#[test]
fn adds_the_name_before_the_job() {
    let kit = testkit::kit!();
    let client = Client::connect(&kit.url()).expect("a URL of a Redis");
    client.push(Job::new("A", &[0; 0]).expect("a job")).expect("pushed");
    let commands = kit.commands();
    let place = |name| {
        let is_it = |command: &String| command.trim_start_matches("lua: ").to_uppercase().starts_with(name);
        commands.iter().position(is_it)
    };
    let (added, pushed) = (place("SADD"), place("LPUSH"));
    kit.assert(
        &format!("SADD comes before LPUSH: {commands:?}"),
        added.is_some() && added < pushed,
    );
}

/// The caller must know that programs which list the queues cannot find this one. Catches: a look
/// at the reply to `LPUSH` only.
#[test]
fn push_reports_a_broken_set_of_queues() {
    let kit = testkit::kit!();
    kit.command(&["SET", "queues", "no set"]);
    let client = Client::connect(&kit.url()).expect("a URL of a Redis");
    let refused = client.push(Job::new("A", &[0; 0]).expect("a job"));
    kit.assert(
        &format!("a key of another type leads to Error::Refused, got {refused:?}"),
        matches!(refused, Err(Error::Refused { .. })),
    );
}

/// The reply is lost, so the commands are executed twice. Only the jid shows that both jobs are the
/// same one. Catches: a job that is completed again for the second attempt.
#[test]
fn repeats_a_push_with_the_same_jid() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let client = Client::connect(&proxy.url()).expect("a URL of a Redis");
    let push = |number: u64| client.push(Job::new("A", &[number]).expect("a job"));
    kit.assert("the first push opens the connection", push(1).is_ok());
    proxy.cut_after_request("LPUSH");
    let jid = push(2).unwrap_or_else(|error| kit.fail(&format!("the push is repeated, got {error}")));
    kit.assert("a reply was lost", proxy.fired());
    let is_second = |job: &Value| job["args"][0] == 2;
    let jobs: Vec<Value> = kit.json_list("queue:default").into_iter().filter(is_second).collect();
    kit.assert(
        &format!("each copy has the jid that was returned, {jid}: {jobs:?}"),
        !jobs.is_empty() && jobs.iter().all(|job| job["jid"] == jid),
    );
}
