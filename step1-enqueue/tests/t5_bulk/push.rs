//! `Client::push_bulk`: many jobs.

use std::collections::HashSet;

use serde_json::json;
use sidepunch::{Client, Error, Job};
use testkit::epoch_seconds;

use super::common::{client, job, jobs, popped};

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

/// All jobs are checked before the first one is pushed. Catches: a check batch by batch; a check of
/// the queues only.
#[test]
fn rejects_all_jobs_if_one_is_invalid() {
    let kit = testkit::kit!();
    for (field, value) in [("queue", ""), ("class", ""), ("args", "hits")] {
        let mut jobs = jobs(1_501);
        jobs[1_500].set(field, value).expect("text is JSON");
        let refused = client(&kit).push_bulk(jobs);
        let is_right = match field {
            "queue" => matches!(refused, Err(Error::InvalidQueue(_))),
            "class" => matches!(refused, Err(Error::InvalidClass(_))),
            _ => matches!(refused, Err(Error::ArgsNotArray(_))),
        };
        kit.assert(
            &format!("the last job is rejected because of its {field}, got {refused:?}"),
            is_right,
        );
        kit.assert_eq(
            "nothing is written, not even the first thousand jobs",
            kit.keys(),
            Vec::<String>::new(),
        );
    }
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

/// JSON has several spellings of a name. Catches: jobs that are grouped by the JSON text of their
/// queue, so that one queue gets two `LPUSH` and its jobs another order.
#[test]
fn treats_two_spellings_of_a_queue_as_one() {
    let kit = testkit::kit!();
    let queues = [r#""caf\u00e9""#, r#""café""#, r#""caf\u00e9""#].iter().enumerate();
    let jobs = queues
        .map(|(number, queue)| format!(r#"{{"class":"AnyWorker","args":[{number}],"queue":{queue}}}"#))
        .map(|payload| Job::parse(payload.as_bytes()).expect("the test's payload is a job"))
        .collect();
    let jids = client(&kit).push_bulk(jobs).expect("pushed");
    let expected: Vec<(String, u64)> = jids.into_iter().zip(0..).collect();
    kit.assert_eq("the jobs keep their order", popped(&kit, "queue:café"), expected);
    let commands = kit.commands();
    let sent = |name| {
        commands
            .iter()
            .filter(|command| command.to_uppercase().starts_with(name))
            .count()
    };
    kit.assert_eq("the queue gets one LPUSH", sent("LPUSH"), 1);
    kit.assert_eq("and one SADD", sent("SADD"), 1);
}

/// Catches: jobs that are grouped only with their neighbours, so that jobs of two queues in turn
/// need a command each; `LPUSH` before the name of its queue.
#[test]
fn sends_two_commands_for_each_queue() {
    let kit = testkit::kit!();
    let queue = |i: u64| if i.is_multiple_of(2) { "even" } else { "odd" };
    let jobs = (0..10).map(|i| job(json!({"class": "AnyWorker", "args": [i], "queue": queue(i)})));
    client(&kit).push_bulk(jobs.collect()).expect("pushed");
    let commands = kit.commands();
    for queue in ["even", "odd"] {
        let places = |name| -> Vec<usize> {
            let is_it = |command: &String| command.to_uppercase().starts_with(name) && command.contains(queue);
            (0..commands.len()).filter(|&place| is_it(&commands[place])).collect()
        };
        let (added, pushed) = (places("SADD"), places("LPUSH"));
        kit.assert(
            &format!("the queue {queue} gets one SADD and then one LPUSH: {commands:?}"),
            added.len() == 1 && pushed.len() == 1 && added < pushed,
        );
    }
}

/// As in `sends_args_and_unknown_fields_byte_for_byte`, for many jobs. Catches: payloads that pass
/// through `serde_json::Value`.
#[test]
fn pushes_many_jobs_byte_for_byte() {
    let kit = testkit::kit!();
    let rest = r#""args":[18446744073709551617,1.0,1e2,1e400,"\u00e9","\ud800","a\/b",[],{}],"cattr":{"b":1,"a":1.50}"#;
    let payload = format!(r#"{{"class":"AnyWorker",{rest}}}"#);
    let jobs = [1, 2].map(|_| Job::parse(payload.as_bytes()).expect("a job"));
    client(&kit).push_bulk(jobs.into()).expect("pushed");
    let list = kit.list("queue:default");
    kit.assert(
        &format!("each payload contains {rest}: {list:?}"),
        list.len() == 2 && list.iter().all(|payload| payload.contains(rest)),
    );
}

/// Redis rejects an `LPUSH` without a value. Catches: sending one; a connection that is opened for
/// nothing.
#[test]
fn accepts_an_empty_list_of_jobs() {
    let kit = testkit::kit!();
    let pushed = client(&kit).push_bulk(Vec::new());
    kit.assert("an empty list is accepted", matches!(pushed.as_deref(), Ok([])));
    let proxy = kit.proxy();
    proxy.refuse();
    let away = Client::connect(&proxy.url()).expect("a URL of a Redis");
    let pushed = away.push_bulk(Vec::new());
    kit.assert("also if Redis is away", matches!(pushed.as_deref(), Ok([])));
    kit.assert_eq("nothing is written", kit.keys(), Vec::<String>::new());
}

/// Catches: a check before the first write that looks only for an empty name.
#[test]
fn rejects_all_jobs_if_a_queue_is_not_text() {
    let kit = testkit::kit!();
    for value in [json!(null), json!(5)] {
        let mut jobs = jobs(1_501);
        jobs[1_500].set("queue", &value).expect("it is JSON");
        let refused = client(&kit).push_bulk(jobs);
        kit.assert(
            &format!("the queue {value} is rejected, got {refused:?}"),
            matches!(refused, Err(Error::InvalidQueue(_))),
        );
        kit.assert_eq("nothing is written", kit.keys(), Vec::<String>::new());
    }
}

/// Catches: the text between the quotes, with the escapes of JSON.
#[test]
fn returns_the_jids_of_many_jobs_without_escapes() {
    let kit = testkit::kit!();
    let payload = br#"{"class":"AnyWorker","args":[],"jid":"caf\u00e9"}"#;
    let jobs = [1, 2].map(|_| Job::parse(payload).expect("a job"));
    let jids = client(&kit).push_bulk(jobs.into()).expect("pushed");
    kit.assert_eq("the jids are text", jids, ["café", "café"]);
}
