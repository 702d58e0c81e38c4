//! A job that fails, through `Server::process_one`.

use std::time::Duration;

use serde_json::{Value, json};
use sidepunch::Error;
use testkit::epoch_seconds;

use super::scripted_worker::{members, obey, only, server};
use crate::support::{process_all, push};

/// Catches: a failed job that is dropped; a retry that is due at once, in another unit, or in
/// another time zone.
#[test]
fn schedules_a_retry_for_a_failed_job() {
    let kit = testkit::kit!();
    let (server, _obeyed) = server(&kit);
    push(&kit, &obey("fail"));
    let before = epoch_seconds();
    kit.assert_eq("it returns Ok(true) for a failed job", process_all(&kit, server), 1);
    let after = epoch_seconds();
    let (job, at) = only(&kit, "retry");
    kit.assert(
        &format!(
            "it is due 15 to 25 s after it failed, not at {at}, {} s from now",
            at - after
        ),
        (before + 15.0..=after + 25.0).contains(&at),
    );
    let failed_at = job["failed_at"].as_f64().unwrap_or_default();
    kit.assert(
        &format!("failed_at is the time of the failure, not {failed_at}"),
        (before - 0.001..=after).contains(&failed_at),
    );
    kit.assert_eq("it is the first retry", job["retry_count"].clone(), json!(0));
    kit.assert_eq(
        "its message is there",
        job["error_message"].clone(),
        json!("out of luck"),
    );
    kit.assert_eq("the queue is empty", kit.list("queue:default").len(), 0);
    kit.assert_eq("nothing is dead", members(&kit, "dead").len(), 0);
}

/// After a job of an hour, a retry that is timed from the start of the job would be due at once.
/// Catches: a clock that is read before the job runs.
#[test]
fn times_a_failure_when_it_happens() {
    let kit = testkit::kit!();
    let (server, _obeyed) = server(&kit);
    push(&kit, &obey("fail late"));
    kit.assert_eq("it ran", process_all(&kit, server), 1);
    let (job, at) = only(&kit, "retry");
    let text = job["error_message"].as_str().unwrap_or_default();
    let failed: f64 = text.parse().expect("the message is the time of the failure");
    let failed_at = job["failed_at"].as_f64().unwrap_or_default();
    kit.assert(
        &format!("it failed at {failed}, at the end of its run, and failed_at is not before: {failed_at}"),
        failed_at > failed - 0.001,
    );
    kit.assert(
        &format!("its delay of 15 s or more begins then, so it is not due at {at}"),
        at > failed + 14.999,
    );
}

/// Otherwise jobs that failed together during an outage would return together. Catches: the same
/// jitter for all jobs; a jitter of whole seconds.
#[test]
fn spreads_retries_with_jitter() {
    let kit = testkit::kit!();
    let (server, _obeyed) = server(&kit);
    for number in 0..10 {
        push(
            &kit,
            &json!({"class": "ObeyWorker", "args": ["fail"], "jid": format!("{number:024x}")}),
        );
    }
    kit.assert_eq("all ran", process_all(&kit, server), 10);
    let members: Vec<(String, f64)> = kit.query(&["ZRANGE", "retry", "0", "-1", "WITHSCORES"]);
    let delays: Vec<f64> = members
        .iter()
        .map(|(job, at)| {
            let job: Value = serde_json::from_str(job).expect("it is JSON");
            at - job["failed_at"].as_f64().unwrap_or_default()
        })
        .collect();
    let (min, max) = delays.iter().fold((f64::MAX, 0.0_f64), |(min, max), delay| {
        (min.min(*delay), max.max(*delay))
    });
    // Ten random numbers out of ten seconds are never within a hundredth of a second, and never ten
    // whole seconds.
    kit.assert(
        &format!("ten jobs are due at ten different times: {delays:?}"),
        delays.len() == 10 && max - min > 0.01 && delays.iter().any(|delay| (delay - delay.round()).abs() > 1e-3),
    );
}

/// Catches: a success that is retried.
#[test]
fn stores_nothing_for_a_job_that_succeeds() {
    let kit = testkit::kit!();
    let (server, obeyed) = server(&kit);
    push(&kit, &obey("return"));
    push(&kit, &obey("fail"));
    kit.assert_eq("both ran", process_all(&kit, server), 2);
    kit.assert_eq("in order", obeyed.try_iter().count(), 2);
    let (job, _) = only(&kit, "retry");
    kit.assert_eq("only the failed job is stored", job["args"].clone(), json!(["fail"]));
}

/// Invariant 2. An error whose `Display` fails causes a panic when it is formatted. Catches: a
/// panic that ends the loop, is taken for a success, or is recorded without its message; an error
/// that is formatted outside `catch_unwind`.
#[test]
fn treats_a_panic_as_a_failure() {
    for (order, message) in [
        ("panic", "out of its mind"),
        ("panic with arguments", "out of 20 minds"),
        ("panic without text", ""),
        ("fail without words", ""),
    ] {
        let kit = testkit::kit!();
        let (server, obeyed) = server(&kit);
        push(&kit, &obey(order));
        push(&kit, &obey("return"));
        kit.assert_eq("the next job runs, too", process_all(&kit, server), 2);
        kit.assert_eq("both were performed", obeyed.try_iter().count(), 2);
        let (job, _) = only(&kit, "retry");
        kit.assert_eq("the job that panicked is retried", job["args"].clone(), json!([order]));
        let recorded = job["error_message"].as_str().unwrap_or_default().to_owned();
        kit.assert(
            &format!("error_message contains the message of the panic, {message:?}: {recorded:?}"),
            recorded.contains(message) && !recorded.is_empty(),
        );
    }
}

/// A malformed message cannot be retried, but it may matter to its sender. Catches: a message that
/// is dropped; bytes that are read as text; a message that ends the loop.
#[test]
fn moves_malformed_messages_to_the_dead_set() {
    let kit = testkit::kit!();
    let (server, obeyed) = server(&kit);
    let bad_ones = [
        &b"not json"[..],
        b"[1",
        b"",
        b"\xff\xfe",
        b"{}",
        br#"{"class":"ObeyWorker"}"#,
        br#"{"class":"ObeyWorker","args":"x"}"#,
        br#"{"class":7,"args":[]}"#,
    ];
    for bad in bad_ones {
        kit.lpush("queue:default", &[bad]);
        push(&kit, &obey("return"));
    }
    kit.assert_eq(
        "`process_one` returns Ok(true) for each message, good or bad",
        process_all(&kit, server),
        2 * bad_ones.len(),
    );
    kit.assert_eq(
        "the good jobs were performed",
        obeyed.try_iter().count(),
        bad_ones.len(),
    );
    let dead: Vec<Vec<u8>> = kit.query(&["ZRANGE", "dead", "0", "-1"]);
    let mut dead: Vec<String> = dead.iter().map(|dead| dead.escape_ascii().to_string()).collect();
    dead.sort();
    let mut expected: Vec<String> = bad_ones.iter().map(|bad| bad.escape_ascii().to_string()).collect();
    expected.sort();
    kit.assert_eq("the malformed messages are in `dead`, byte for byte", dead, expected);
    kit.assert_eq("none is retried", members(&kit, "retry").len(), 0);
}

/// The next deploy may contain the class, or another worker. Catches: a job that is dead at once.
#[test]
fn retries_unknown_classes_and_wrong_arguments() {
    let kit = testkit::kit!();
    let (server, obeyed) = server(&kit);
    let jobs = [
        json!({"class": "NewWorker", "args": [], "jid": "a"}),
        json!({"class": "ObeyWorker", "args": [1], "jid": "b"}),
        json!({"class": "ObeyWorker", "args": [], "jid": "c"}),
    ];
    jobs.iter().for_each(|job| push(&kit, job));
    kit.assert_eq("`process_one` returns Ok(true) for each", process_all(&kit, server), 3);
    kit.assert_eq("none was performed", obeyed.try_iter().count(), 0);
    kit.assert_eq("all three are retried", members(&kit, "retry").len(), 3);
}

/// The author of a worker knows whether its jobs may be retried. Catches: an option that is not
/// read; `No` taken for `Times(0)`.
#[test]
fn applies_the_workers_retry_option() {
    let kit = testkit::kit!();
    let (server, _obeyed) = server(&kit);
    push(&kit, &json!({"class": "NeverWorker", "args": [], "jid": "never"}));
    push(&kit, &json!({"class": "PanicsWorker", "args": [], "jid": "panics"}));
    push(&kit, &json!({"class": "OnceWorker", "args": [], "jid": "once"}));
    push(
        &kit,
        &json!({"class": "NeverWorker", "args": [], "jid": "yet", "retry": 1}),
    );
    kit.assert_eq("all ran", process_all(&kit, server), 4);
    let (dead, at) = only(&kit, "dead");
    kit.assert_eq("Times(0): dead after one run", dead["jid"].clone(), json!("once"));
    kit.assert(
        &format!("it died now, not at {at}"),
        (epoch_seconds() - at).abs() < 10.0,
    );
    let (retried, _) = only(&kit, "retry");
    kit.assert_eq(
        "the job's own `retry` is preferred to the worker's option",
        retried["jid"].clone(),
        json!("yet"),
    );
}

/// You need the jid to find a job in the logs. Catches: a retry without one.
#[test]
fn gives_a_retry_a_jid() {
    let kit = testkit::kit!();
    let (server, _obeyed) = server(&kit);
    push(&kit, &json!({"class": "ObeyWorker", "args": ["fail"]}));
    process_all(&kit, server);
    let (job, _) = only(&kit, "retry");
    let jid = job["jid"].as_str().unwrap_or_default().to_owned();
    kit.assert(
        &format!("the retry has a jid of 24 lowercase hex digits: {jid:?}"),
        jid.len() == 24 && jid.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f')),
    );
}

/// Ten runs add only the failure to the payload. Catches: a job that is rebuilt at each failure.
#[test]
fn preserves_a_job_through_ten_failures() {
    let kit = testkit::kit!();
    let (mut server, _obeyed) = server(&kit);
    let kept = r#""class":"ObeyWorker","args":["fail"],"jid":"b4a577edbccf1d805744efa9","retry":30,"tags":[1e2,"\u00e9"],"created_at":1700000000123"#;
    kit.lpush("queue:default", &[format!("{{{kept}}}").as_bytes()]);
    for run in 0..10 {
        server = kit.within(Duration::from_secs(10), "`process_one` returns Ok(true)", move || {
            server.process_one().map(|_| server).expect("Redis is there")
        });
        let members = members(&kit, "retry");
        kit.assert_eq("`retry` contains one job", members.len(), 1);
        kit.assert(
            &format!(
                "every byte of the job stays, in the same order\n  job: {{{kept}}}\n  got: {}",
                members[0]
            ),
            members[0].starts_with(&format!("{{{kept},")),
        );
        let (job, _) = only(&kit, "retry");
        kit.assert_eq("each failure is counted once", job["retry_count"].clone(), json!(run));
        // As the scheduler does, but without the wait.
        kit.command(&["DEL", "retry"]);
        kit.lpush("queue:default", &[members[0].as_bytes()]);
    }
}

/// Invariant 4. The job has left its queue and is not in `retry` yet, so only this process has it.
/// Catches: an error that is dropped with the job, or returned while the job is lost.
#[test]
fn repeats_a_refused_write_before_the_next_job() {
    let kit = testkit::kit!();
    let (mut server, _obeyed) = server(&kit);
    kit.command(&["SET", "retry", "no sorted set"]);
    push(&kit, &obey("fail"));
    let (mut server, error) = kit.within(Duration::from_secs(10), "`process_one` returns an error", move || {
        let error = server.process_one();
        (server, error)
    });
    kit.assert(
        &format!("the error is Error::Refused, got {error:?}"),
        matches!(error, Err(Error::Refused { .. })),
    );
    push(&kit, &obey("return"));
    let (server, error) = kit.within(Duration::from_secs(10), "`process_one` returns an error", move || {
        let error = server.process_one();
        (server, error)
    });
    kit.assert("the write is repeated, and refused again", error.is_err());
    kit.assert_eq("no other job is fetched before", kit.list("queue:default").len(), 1);
    kit.command(&["DEL", "retry"]);
    process_all(&kit, server);
    let (job, _) = only(&kit, "retry");
    kit.assert_eq(
        "then the failed job is in `retry`",
        job["args"].clone(),
        json!(["fail"]),
    );
    kit.assert_eq("and the next job was performed", kit.list("queue:default").len(), 0);
}
