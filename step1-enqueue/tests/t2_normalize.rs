//! Task 1.2: the fields that the client adds to a job before it pushes it. No test here needs
//! Redis.

use std::collections::HashSet;
use std::thread;

use serde_json::{Value, json};
use sidepunch::{Error, Job};

const NOW: f64 = 1795454181.123456;

fn job(payload: Value) -> Job {
    Job::parse(payload.to_string().as_bytes()).expect("the test's payload is a job")
}

fn normalized(payload: Value, now: f64) -> Value {
    let mut job = job(payload);
    job.normalize(now).expect("a good job");
    serde_json::from_str(&job.to_string()).expect("a job is written as JSON")
}

/// Sidekiq relies on these fields. Catches: a missing field; another default.
#[test]
fn adds_the_missing_fields() {
    let kit = testkit::kit!();
    let mut payload = normalized(json!({"class": "AnyWorker", "args": [1]}), NOW);
    let jid = payload["jid"].take();
    let jid = jid.as_str().unwrap_or_default();
    kit.assert(
        &format!("a jid is 24 lowercase hex digits (12 random bytes), got {jid:?}"),
        jid.len() == 24 && jid.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')),
    );
    kit.assert_eq(
        "retry, queue, created_at and enqueued_at are added; class and args stay",
        payload,
        json!({"class": "AnyWorker", "args": [1], "retry": true, "queue": "default", "jid": null,
               "created_at": NOW, "enqueued_at": NOW}),
    );
}

/// A time is a float in seconds, because Sidekiq 8 would read an integer as milliseconds. Catches:
/// integer seconds; milliseconds; text; a float that loses its `.0` on a full second.
#[test]
fn writes_times_as_float_seconds() {
    let kit = testkit::kit!();
    for (now, text) in [(NOW, "1795454181.123456"), (1795454181.0, "1795454181.0")] {
        let mut job = job(json!({"class": "AnyWorker", "args": []}));
        job.normalize(now).expect("a good job");
        for key in ["created_at", "enqueued_at"] {
            kit.assert_eq(
                &format!("{key} is `now`, a JSON float of epoch seconds"),
                job.raw(key),
                Some(text),
            );
        }
    }
}

/// Two jobs with the same jid are one job to Sidekiq's tools. Catches: a constant; a counter that
/// starts again; a random source that always has the same seed, or the same one in each thread;
/// fewer than 12 random bytes, padded with zeros.
#[test]
fn gives_each_job_a_unique_jid() {
    let kit = testkit::kit!();
    let jid = || {
        let mut job = job(json!({"class": "AnyWorker", "args": []}));
        job.normalize(NOW).expect("a good job");
        job.jid().expect("a normalized job has a jid")
    };
    let jids: Vec<String> = (0..1_000).map(|_| jid()).collect();
    kit.assert_eq(
        "1,000 jobs have 1,000 jids",
        jids.iter().collect::<HashSet<_>>().len(),
        1_000,
    );
    let of_threads = [(); 2].map(|()| thread::spawn(move || [jid(), jid()]));
    let of_threads = of_threads.map(|thread| thread.join().expect("a jid")).concat();
    kit.assert_eq(
        "jobs of two threads have different jids, too",
        of_threads.iter().collect::<HashSet<_>>().len(),
        4,
    );
    let lengths: HashSet<usize> = jids.iter().map(String::len).collect();
    kit.assert_eq("each has 24 digits", lengths, HashSet::from([24]));
    for digit in 0..24 {
        let seen: HashSet<u8> = jids.iter().map(|jid| jid.as_bytes()[digit]).collect();
        kit.assert_eq(
            &format!("all 16 hex digits occur at place {digit} of 1,000 jids"),
            seen.len(),
            16,
        );
    }
}

/// A job that is pushed again (a retry, or a job of another program) stays the same job. Catches:
/// fields that are set although they are present.
#[test]
fn keeps_the_fields_that_are_present() {
    let kit = testkit::kit!();
    let mut payload = json!({"class": "AnyWorker", "args": [1], "queue": "mailers", "retry": 3, "jid": "b4a577edbccf1d805744efa9",
        "created_at": 1700000000.5, "tags": ["a"], "bid": "x"});
    payload["enqueued_at"] = json!(NOW);
    let expected = payload.clone();
    payload["enqueued_at"] = json!(1700000000.5);
    kit.assert_eq(
        "only enqueued_at is new; queue, retry, jid, created_at and unknown fields stay",
        normalized(payload, NOW),
        expected,
    );
    let odd = normalized(json!({"class": "AnyWorker", "args": [], "jid": 5}), NOW);
    kit.assert("a jid that is not a string counts as absent", odd["jid"].is_string());
    let off = json!({"class": "AnyWorker", "args": [], "retry": false});
    kit.assert_eq(
        "retry: false is a value, so it stays",
        normalized(off, NOW)["retry"].clone(),
        json!(false),
    );
}

/// A field that is `null` is present. In `retry` it stands for the worker's own option, which
/// `true` would replace. Catches: a field that is parsed, so that `null` looks like an absent
/// field; a jid that stays `null`.
#[test]
fn keeps_fields_that_are_null_except_the_jid() {
    let kit = testkit::kit!();
    let payload = json!({"class": "AnyWorker", "args": [], "retry": null, "created_at": null, "jid": null,
        "enqueued_at": null, "bid": null});
    let payload = normalized(payload, NOW);
    for field in ["retry", "created_at", "bid"] {
        kit.assert_eq(
            &format!("{field} is present, so its null stays"),
            payload.get(field).cloned(),
            Some(Value::Null),
        );
    }
    kit.assert(
        &format!("a jid that is null counts as absent, got {}", payload["jid"]),
        payload["jid"].is_string(),
    );
    kit.assert_eq("enqueued_at is now", payload["enqueued_at"].clone(), json!(NOW));
}

/// A job that no worker could perform must not reach Redis. Catches: a push to the list `queue:`,
/// or to none; a missing class or missing args that are accepted; a job that is changed before it
/// is checked.
#[test]
fn rejects_an_invalid_queue_class_or_args() {
    let kit = testkit::kit!();
    let refused = |mut job: Job| {
        let before = job.to_string();
        let refused = job.normalize(NOW);
        kit.assert_eq("a rejected job stays as it was", job.to_string(), before);
        refused
    };
    for queue in [json!(""), json!(5), json!(null), json!(["default"])] {
        let refused = refused(job(json!({"class": "AnyWorker", "args": [], "queue": queue})));
        let sentence = format!("the queue {queue} is rejected with Error::InvalidQueue, which holds its JSON text");
        let text = queue.to_string();
        kit.assert(
            &sentence,
            matches!(refused, Err(Error::InvalidQueue(given)) if given == text),
        );
    }
    // `None` stands for a field that is missing.
    let changed = |field: &'static str, value: Option<Value>| {
        let mut job = job(json!({"class": "AnyWorker", "args": []}));
        match value {
            Some(value) => job.set(field, &value).expect("a value is JSON"),
            None => job.remove(field),
        }
        job
    };
    for class in [Some(json!(42)), Some(json!("")), Some(json!(null)), None] {
        let refused = refused(changed("class", class.clone()));
        let sentence = format!("the class {class:?} is rejected with Error::InvalidClass, which holds its JSON text");
        let text = class.map(|class| class.to_string());
        kit.assert(
            &sentence,
            matches!(refused, Err(Error::InvalidClass(given)) if text.is_none_or(|text| given == text)),
        );
    }
    for args in [Some(json!(42)), Some(json!("[]")), Some(json!(null)), None] {
        let refused = refused(changed("args", args.clone()));
        let sentence = format!("the args {args:?} are rejected with Error::ArgsNotArray");
        kit.assert(&sentence, matches!(refused, Err(Error::ArgsNotArray(_))));
    }
}

/// Another client may write a jid in its own form, a time as an integer of milliseconds, or a
/// `retry` that we do not know. Catches: a field that is replaced or converted because it does not
/// have the form that we would write.
#[test]
fn keeps_fields_of_another_form() {
    let kit = testkit::kit!();
    for (field, value) in [
        ("jid", json!("")),
        ("jid", json!("01JDXZ5N8Q-of-another-client")),
        ("created_at", json!(1_700_000_000_123_i64)),
        ("created_at", json!("yesterday")),
        ("retry", json!("often")),
        ("retry", json!(-1)),
        ("retry", json!([5])),
    ] {
        let mut payload = json!({"class": "AnyWorker", "args": []});
        payload[field] = value.clone();
        let payload = normalized(payload, NOW);
        kit.assert_eq(&format!("{field} stays"), payload[field].clone(), value);
    }
}

/// Catches: a name that is read and written again.
#[test]
fn keeps_the_spelling_of_a_queue() {
    let kit = testkit::kit!();
    let payload = br#"{"class":"AnyWorker","args":[],"queue":"caf\u00e9"}"#;
    let mut job = Job::parse(payload).expect("a good job");
    job.normalize(NOW).expect("a good job");
    kit.assert_eq(
        "the queue stays byte for byte",
        job.raw("queue"),
        Some(r#""caf\u00e9""#),
    );
}

/// Redis accepts any name, and only an empty one is rejected. Catches: a check of the name without
/// its spaces.
#[test]
fn accepts_a_name_of_spaces() {
    let kit = testkit::kit!();
    let payload = normalized(json!({"class": " ", "args": [], "queue": "  "}), NOW);
    kit.assert_eq("the class stays", payload["class"].clone(), json!(" "));
    kit.assert_eq("the queue stays", payload["queue"].clone(), json!("  "));
}
