//! A job that fails, through `Server::process_one`.

use std::time::Duration;

use serde_json::{Value, json};
use sidepunch::Error;
use testkit::epoch_seconds;

use super::scripted_worker::{members, obey, only, server};
use crate::support::{process_all, push};

/// Kills: a failed job that is forgotten; a retry that is due at once, in another unit, or by another time zone.
#[test]
fn schedules_a_retry_for_a_failed_job() {
    let kit = testkit::kit!();
    let (server, _obeyed) = server(&kit);
    push(&kit, &obey("fail"));
    let before = epoch_seconds();
    kit.assert_eq("Ok(true) for a job that fails", process_all(&kit, server), 1);
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
    kit.assert_eq("it says why", job["error_message"].clone(), json!("out of luck"));
    kit.assert_eq("the queue is empty", kit.list("queue:default").len(), 0);
    kit.assert_eq("nothing is dead", members(&kit, "dead").len(), 0);
}

/// After a job of an hour, a retry that is timed from its start would be due at once. Kills: a clock that is read before
/// the job runs.
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

/// A thousand that failed together, because the API was down, would bring it down again. Kills: a jitter that is the same
/// for all.
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
    let (least, most) = delays.iter().fold((f64::MAX, 0.0_f64), |(least, most), delay| {
        (least.min(*delay), most.max(*delay))
    });
    // That ten draws from ten seconds lie within a hundredth does not happen.
    kit.assert(
        &format!("ten jobs wait for ten different times: {delays:?}"),
        delays.len() == 10 && most - least > 0.01,
    );
}

/// Kills: a success that is retried.
#[test]
fn stores_nothing_for_a_job_that_succeeds() {
    let kit = testkit::kit!();
    let (server, obeyed) = server(&kit);
    push(&kit, &obey("return"));
    push(&kit, &obey("fail"));
    kit.assert_eq("both ran", process_all(&kit, server), 2);
    kit.assert_eq("in order", obeyed.try_iter().count(), 2);
    let (job, _) = only(&kit, "retry");
    kit.assert_eq("only the one that failed is kept", job["args"].clone(), json!(["fail"]));
}

/// Invariant 2. An error that cannot be shown panics when it is shown. Kills: a panic that ends the loop, is taken for a success,
/// or is told without its message; an error that is shown where nobody catches.
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
        kit.assert_eq("the job behind it runs, too", process_all(&kit, server), 2);
        kit.assert_eq("both were performed", obeyed.try_iter().count(), 2);
        let (job, _) = only(&kit, "retry");
        kit.assert_eq("the one that panicked is retried", job["args"].clone(), json!([order]));
        let told = job["error_message"].as_str().unwrap_or_default().to_owned();
        kit.assert(
            &format!("error_message holds what the panic said, {message:?}: {told:?}"),
            told.contains(message) && !told.is_empty(),
        );
    }
}

/// What cannot be read cannot be retried; but it may matter to somebody. Kills: dropping it, bytes that are taken for
/// text, a bad message that ends the loop.
#[test]
fn moves_malformed_messages_to_the_dead_set() {
    let kit = testkit::kit!();
    let (server, obeyed) = server(&kit);
    let bad_ones = [
        &b"not json"[..],
        b"42",
        b"null",
        b"[1]",
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
        "each counts as one that ran, good or bad",
        process_all(&kit, server),
        2 * bad_ones.len(),
    );
    kit.assert_eq(
        "the good ones were performed",
        obeyed.try_iter().count(),
        bad_ones.len(),
    );
    let dead: Vec<Vec<u8>> = kit.query(&["ZRANGE", "dead", "0", "-1"]);
    let mut dead: Vec<String> = dead.iter().map(|dead| dead.escape_ascii().to_string()).collect();
    dead.sort();
    let mut expected: Vec<String> = bad_ones.iter().map(|bad| bad.escape_ascii().to_string()).collect();
    expected.sort();
    kit.assert_eq("the bad ones are in `dead`, byte for byte", dead, expected);
    kit.assert_eq("none is retried", members(&kit, "retry").len(), 0);
}

/// The next deploy may bring the class, or a worker that takes these arguments. Kills: giving it up at once.
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
    kit.assert_eq("each counts as one that ran", process_all(&kit, server), 3);
    kit.assert_eq("none was performed", obeyed.try_iter().count(), 0);
    kit.assert_eq("all three are retried", members(&kit, "retry").len(), 3);
}

/// A worker knows best whether it may be tried again. Kills: an option that nobody reads; `No` taken for `Times(0)`.
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
        "the job's own word goes before the worker's",
        retried["jid"].clone(),
        json!("yet"),
    );
}

/// Whoever looks for a job in the logs needs its jid. Kills: a retry without one.
#[test]
fn gives_a_retry_a_jid() {
    let kit = testkit::kit!();
    let (server, _obeyed) = server(&kit);
    push(&kit, &json!({"class": "ObeyWorker", "args": ["fail"]}));
    process_all(&kit, server);
    let (job, _) = only(&kit, "retry");
    let jid = job["jid"].as_str().unwrap_or_default().to_owned();
    kit.assert(
        &format!("for its retry it gets one, 24 lowercase hex digits: {jid:?}"),
        jid.len() == 24 && jid.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f')),
    );
}

/// Ten runs of one job: its payload goes round, and nothing is added to it but the failure. Kills: a job that is built
/// anew at each failure.
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
        kit.assert_eq("`retry` holds one job", members.len(), 1);
        kit.assert(
            &format!(
                "every byte of the job stays, in its order\n  job: {{{kept}}}\n  got: {}",
                members[0]
            ),
            members[0].starts_with(&format!("{{{kept},")),
        );
        let (job, _) = only(&kit, "retry");
        kit.assert_eq("each failure counts once", job["retry_count"].clone(), json!(run));
        // What the scheduler does, without the wait.
        kit.command(&["DEL", "retry"]);
        kit.lpush("queue:default", &[members[0].as_bytes()]);
    }
}

/// Invariant 4. The job is out of its queue, and not yet in `retry`: it is nowhere but in this process. Kills: an error
/// that is dropped with the job, or reported with the job lost.
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
        &format!("what Redis refuses is Error::Refused, got {error:?}"),
        matches!(error, Err(Error::Refused { .. })),
    );
    push(&kit, &obey("return"));
    let (server, error) = kit.within(Duration::from_secs(10), "`process_one` returns an error", move || {
        let error = server.process_one();
        (server, error)
    });
    kit.assert("it is tried again, and refused again", error.is_err());
    kit.assert_eq("before that, no other job is taken", kit.list("queue:default").len(), 1);
    kit.command(&["DEL", "retry"]);
    process_all(&kit, server);
    let (job, _) = only(&kit, "retry");
    kit.assert_eq(
        "the failed job is in `retry` after all",
        job["args"].clone(),
        json!(["fail"]),
    );
    kit.assert_eq("and the next one was performed", kit.list("queue:default").len(), 0);
}
