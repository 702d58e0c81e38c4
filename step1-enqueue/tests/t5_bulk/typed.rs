//! `perform_bulk`: many jobs with typed arguments.

use serde_json::{Value, json};
use sidepunch::{Error, Worker};

use super::common::{client, popped};
use crate::support::worker;

worker!(Numbered, "NumberedWorker", (u64, String));
worker!(Anything, "AnythingWorker", Value);
worker!(Nothing, "NothingWorker", ());

/// Catches: `perform_async` in a loop, which needs a round trip for each job, and has written half
/// of them when one is rejected; `SADD` with the first chunk only.
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
    let commands = kit.commands();
    let sent = |name| {
        let commands = commands.iter();
        commands
            .filter(|command| command.to_uppercase().starts_with(name))
            .count()
    };
    kit.assert_eq("1,100 jobs are two LPUSH", sent("LPUSH"), 2);
    kit.assert_eq("each with an SADD", sent("SADD"), 2);
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

/// Redis rejects an `LPUSH` without a value. Catches: one that is sent for an empty list.
#[test]
fn perform_bulk_accepts_an_empty_list() {
    let kit = testkit::kit!();
    let pushed = Numbered::perform_bulk(&client(&kit), []);
    kit.assert(
        &format!("an empty list is accepted, got {pushed:?}"),
        matches!(pushed.as_deref(), Ok([])),
    );
    kit.assert_eq("nothing is written", kit.keys(), Vec::<String>::new());
}

/// Catches: jids that are returned for jobs that are not in Redis.
#[test]
fn perform_bulk_returns_redis_errors() {
    let kit = testkit::kit!();
    kit.command(&["SET", "queue:default", "no list"]);
    let refused = Numbered::perform_bulk(&client(&kit), [(1, "a".to_owned())]);
    kit.assert(
        &format!("a key of another type leads to Error::Refused, got {refused:?}"),
        matches!(refused, Err(Error::Refused { .. })),
    );
}

/// As with `push_bulk`: if the second chunk was sent with the first one, it would be in Redis when
/// the first one is refused. Catches: all chunks in one round trip.
#[test]
fn perform_bulk_waits_for_each_reply() {
    let kit = testkit::kit!();
    kit.command(&["SET", "queue:default", "no list"]);
    let refused = Numbered::perform_bulk(&client(&kit), (0..1_001).map(|i| (i, "abc".to_owned())));
    kit.assert("the first chunk is refused", refused.is_err());
    let commands = kit.commands();
    let sent = commands
        .iter()
        .filter(|command| command.to_uppercase().starts_with("LPUSH"));
    kit.assert_eq("the second chunk is not sent", sent.count(), 1);
}

/// Catches: a chunk too many, which is empty and which Redis refuses, so that the caller pushes all
/// jobs again.
#[test]
fn perform_bulk_pushes_full_chunks_only() {
    let kit = testkit::kit!();
    for chunks in [1, 2] {
        kit.command(&["DEL", "queue:default"]);
        let pushed = Numbered::perform_bulk(&client(&kit), (0..chunks * 1_000).map(|i| (i, "abc".to_owned())));
        kit.assert("the jobs are pushed", pushed.is_ok());
        let jobs: u64 = kit.query(&["LLEN", "queue:default"]);
        kit.assert_eq("all of them are in the queue", jobs, chunks * 1_000);
    }
}
