//! Retry, dead or discard, and the fields that are written into the job.

use serde_json::{Value, json};
use sidepunch::retry::decide;
use sidepunch::{Decision, Failure, Retry};

use super::common::{FAILED, NOW, boom, job, judged, kind, retried};

/// Catches: the first run counted as a retry (1 instead of 0); a `retried_at` that is written too
/// early; integer times.
#[test]
fn records_the_first_failure_in_the_job() {
    let kit = testkit::kit!();
    let decision = judged(&json!({"class": "A", "args": [], "jid": "abc", "created_at": 1.5, "queue": "default"}));
    let (text, payload, at) = retried(&kit, decision);
    kit.assert_eq("retry_count starts at 0", payload["retry_count"].clone(), json!(0));
    kit.assert_eq("failed_at is now", payload["failed_at"].clone(), json!(NOW));
    kit.assert_eq("there is no retried_at yet", payload.get("retried_at").cloned(), None);
    kit.assert_eq(
        "error_message is the failure's text",
        payload["error_message"].clone(),
        json!("out of luck"),
    );
    kit.assert_eq(
        "error_class is the failure's class",
        payload["error_class"].clone(),
        json!(boom().class()),
    );
    kit.assert_eq("it is the same job", payload["jid"].clone(), json!("abc"));
    kit.assert_eq("created_at stays", payload["created_at"].clone(), json!(1.5));
    kit.assert_eq("the first retry is due in 15 s, without jitter", at, NOW + 15.0);
    kit.assert("the time is a float", text.contains("\"failed_at\":1795454181.25"));
}

/// People search for the class in Sidekiq's Web UI. Catches: the same class for every failure; the
/// class of the previous failure; the class of the job.
#[test]
fn records_the_class_of_each_kind_of_failure() {
    let kit = testkit::kit!();
    let reason = || serde_json::from_str::<u64>("x").expect_err("x is not a number");
    for (failure, class) in [
        (Failure::UnknownClass("A".to_owned()), "UnknownClass"),
        (
            Failure::WrongArgs {
                class: "A".to_owned(),
                reason: reason(),
            },
            "WrongArgs",
        ),
        (boom(), "Failed"),
        (Failure::Panicked("out of its mind".to_owned()), "Panicked"),
    ] {
        let payload = json!({"class": "A", "args": [], "jid": "abc", "retry_count": 0, "error_class": "Other"});
        let decision = decide(job(&payload.to_string()), &failure, Retry::Yes, NOW, 0.0);
        let (_, payload, _) = retried(&kit, decision);
        kit.assert_eq(
            &format!("error_class after `{failure}`"),
            payload["error_class"].clone(),
            json!(class),
        );
        kit.assert_eq(
            "error_message is the failure's text",
            payload["error_message"].clone(),
            json!(failure.to_string()),
        );
    }
}

/// Catches: a message that is cut at its first line; text that is inserted into JSON without
/// escapes; white space that is trimmed; the last message kept because the new one is empty.
#[test]
fn keeps_line_breaks_and_quotes_in_a_message() {
    let kit = testkit::kit!();
    for message in ["\n line 1: \"disk full\"\r\n\tline 2: C:\\é\u{1}\n", ""] {
        let failure = Failure::Failed(message.into());
        let payload = json!({"class": "A", "args": [], "jid": "abc", "error_message": "something else"}).to_string();
        let (_, payload, _) = retried(&kit, decide(job(&payload), &failure, Retry::Yes, NOW, 0.0));
        kit.assert_eq(
            "error_message is the whole message",
            payload["error_message"].clone(),
            json!(message),
        );
    }
}

/// Catches: a count that starts again or increases by two; a `failed_at` that is overwritten; a new
/// jid.
#[test]
fn records_each_further_failure() {
    let kit = testkit::kit!();
    let payload = json!({
        "class": "A", "args": [], "jid": "abc", "retry_count": 1, "failed_at": FAILED, "retried_at": FAILED + 20.0,
        "error_message": "something else", "error_class": "Other",
    });
    let (_, payload, at) = retried(&kit, judged(&payload));
    kit.assert_eq("retry_count increases by one", payload["retry_count"].clone(), json!(2));
    kit.assert_eq(
        "failed_at stays that of the first failure",
        payload["failed_at"].clone(),
        json!(FAILED),
    );
    kit.assert_eq("retried_at is now", payload["retried_at"].clone(), json!(NOW));
    kit.assert_eq(
        "error_message is the last failure's",
        payload["error_message"].clone(),
        json!("out of luck"),
    );
    kit.assert_eq("the jid stays", payload["jid"].clone(), json!("abc"));
    kit.assert_eq("it is due after 2⁴ + 15 s", at, NOW + 31.0);
}

/// Invariant 3. Catches: a limit that is compared with `<=`; `false` read as 0; the worker's option
/// preferred to the job's own `retry`; an invalid value that is applied.
#[test]
fn retries_up_to_the_limit() {
    let kit = testkit::kit!();
    let absent = Value::Null;
    // The job's `retry`, its `retry_count`, the worker's option, and the decision.
    let table = [
        (json!(true), absent.clone(), Retry::No, "retry"),
        (json!(true), json!(23), Retry::No, "retry"),
        (json!(true), json!(24), Retry::No, "dead"),
        (json!(false), absent.clone(), Retry::Yes, "discarded"),
        (json!(false), json!(3), Retry::Yes, "discarded"),
        (json!(0), absent.clone(), Retry::Yes, "dead"),
        (json!(1), absent.clone(), Retry::Yes, "retry"),
        (json!(1), json!(0), Retry::Yes, "dead"),
        (json!(3), json!(1), Retry::Yes, "retry"),
        (json!(3), json!(2), Retry::Yes, "dead"),
        (json!(3), json!(77), Retry::Yes, "dead"),
        (json!(30), json!(28), Retry::Yes, "retry"),
        (json!(30), json!(29), Retry::Yes, "dead"),
        // The largest number that is a limit, and one more, which counts as absent.
        (json!(4_294_967_295_u64), json!(5), Retry::No, "retry"),
        (json!(4_294_967_296_u64), json!(5), Retry::No, "discarded"),
        // A count over a million is read as a million.
        (json!(1_500_000), json!(1_600_000), Retry::Yes, "retry"),
        // Absent: the worker's option.
        (absent.clone(), absent.clone(), Retry::Yes, "retry"),
        (absent.clone(), json!(24), Retry::Yes, "dead"),
        (absent.clone(), json!(0), Retry::Times(1), "dead"),
        (absent.clone(), absent.clone(), Retry::Times(0), "dead"),
        (absent.clone(), absent.clone(), Retry::No, "discarded"),
        // An invalid value counts as absent.
        (json!(-1), absent.clone(), Retry::Times(0), "dead"),
        (json!(1.5), absent.clone(), Retry::Times(0), "dead"),
        (json!("true"), absent.clone(), Retry::No, "discarded"),
        (json!([5]), absent.clone(), Retry::No, "discarded"),
    ];
    for (retry, count, option, expected) in table {
        for present in [true, false] {
            let mut payload = json!({"class": "A", "args": [], "jid": "abc"});
            // `null` counts as absent, too.
            if !retry.is_null() || present {
                payload["retry"] = retry.clone();
            }
            if !count.is_null() || present {
                payload["retry_count"] = count.clone();
            }
            let decision = decide(job(&payload.to_string()), &boom(), option, NOW, 0.0);
            let sentence = format!("the decision about {payload}, if its worker's option is {option:?}");
            kit.assert_eq(&sentence, kind(&decision), expected);
        }
    }
}

/// Catches: an invalid count that causes a panic or an overflow; a -1 (written by a retry by hand)
/// that is not followed by 0.
#[test]
fn tolerates_an_invalid_retry_count() {
    let kit = testkit::kit!();
    for (count, next, first) in [
        ("-1", 0, false),
        ("-7", 0, false),
        ("-99999999999999999999", 0, false),
        ("0", 1, false),
        ("\"3\"", 0, true),
        ("3.0", 0, true),
        ("3e0", 0, true),
        ("3E2", 0, true),
        ("99999999999999999999.0", 0, true),
        ("[]", 0, true),
        ("null", 0, true),
    ] {
        let payload = format!(r#"{{"class":"A","args":[],"jid":"abc","failed_at":{FAILED},"retry_count":{count}}}"#);
        let (_, payload, _) = retried(&kit, decide(job(&payload), &boom(), Retry::Yes, NOW, 0.0));
        kit.assert_eq(
            &format!("the count after {count}"),
            payload["retry_count"].clone(),
            json!(next),
        );
        kit.assert_eq(
            &format!("{count} counts as absent, so this is the first failure"),
            payload.get("retried_at").is_none(),
            first,
        );
        kit.assert_eq(
            "failed_at is the time of the first failure",
            payload["failed_at"].clone(),
            json!(if first { NOW } else { FAILED }),
        );
    }
    let huge = format!("1{}", "0".repeat(60));
    for count in ["1000000", "9223372036854775807", huge.as_str()] {
        let payload = format!(r#"{{"class":"A","args":[],"jid":"abc","retry_count":{count}}}"#);
        let decision = decide(job(&payload), &boom(), Retry::Yes, NOW, 0.0);
        kit.assert_eq(
            &format!("with a count of {count} the job is dead"),
            kind(&decision),
            "dead",
        );
        let payload = format!(r#"{{"class":"A","args":[],"jid":"abc","retry":4294967295,"retry_count":{count}}}"#);
        let (_, payload, _) = retried(&kit, decide(job(&payload), &boom(), Retry::Yes, NOW, 0.0));
        kit.assert_eq(
            &format!("the count after {count}"),
            payload["retry_count"].clone(),
            json!(1_000_001),
        );
    }
}

/// An error may contain a whole web page. Catches: no limit; a limit in bytes, which cuts a
/// character in two.
#[test]
fn truncates_a_long_error_message() {
    let kit = testkit::kit!();
    let failure = Failure::Failed(["é", "x"].map(|c| c.repeat(10_000)).concat().into());
    let payload = json!({"class": "A", "args": [], "jid": "abc"}).to_string();
    let (_, payload, _) = retried(&kit, decide(job(&payload), &failure, Retry::Yes, NOW, 0.0));
    let message = payload["error_message"].as_str().unwrap_or_default().to_owned();
    kit.assert_eq("10,000 characters are kept", message.chars().count(), 10_000);
    kit.assert("they are the first characters", message.chars().all(|c| c == 'é'));
}

/// Catches: a `retry_queue` that is ignored, or that is used although it is not a name.
#[test]
fn uses_the_retry_queue_of_the_job() {
    let kit = testkit::kit!();
    for (retry_queue, expected) in [
        (json!("low"), "low"),
        (json!(" "), " "),
        (json!(""), "default"),
        (json!(7), "default"),
        (Value::Null, "default"),
    ] {
        let payload =
            json!({"class": "A", "args": [], "jid": "abc", "queue": "default", "retry_queue": retry_queue.clone()});
        let (_, payload, _) = retried(&kit, judged(&payload));
        let sentence = format!("the queue of a job with the retry_queue {retry_queue}");
        kit.assert_eq(&sentence, payload["queue"].clone(), json!(expected));
        kit.assert_eq("retry_queue stays", payload["retry_queue"].clone(), retry_queue);
    }
}

/// Catches: a dead job without its last failure; `"dead": false` that is ignored, applied before
/// the job is dead, or read from another value.
#[test]
fn discards_a_dead_job_only_if_dead_is_false() {
    let kit = testkit::kit!();
    for (dead, expected) in [
        (json!(false), "discarded"),
        (json!(true), "dead"),
        (Value::Null, "dead"),
        (json!("false"), "dead"),
        (json!(0), "dead"),
    ] {
        let payload = json!({"class": "A", "args": [], "jid": "abc", "retry": 1, "retry_count": 0, "dead": dead});
        kit.assert_eq(
            &format!("the decision about {payload}"),
            kind(&judged(&payload)),
            expected,
        );
    }
    let payload = json!({"class": "A", "args": [], "jid": "abc", "retry": 1, "dead": false});
    kit.assert_eq("a job below its limit is retried", kind(&judged(&payload)), "retry");
    let payload = json!({"class": "A", "args": [], "jid": "abc", "retry": 1, "retry_count": 0, "failed_at": FAILED});
    let mut first = payload.clone();
    (first["dead"], first["retry_count"]) = (json!(false), Value::Null);
    kit.assert_eq(
        "\"dead\": false does not matter for a job that is retried",
        kind(&judged(&first)),
        "retry",
    );
    let mut payload = payload;
    payload["retry_queue"] = json!("slow");
    match judged(&payload) {
        Decision::Dead(payload) => {
            let payload: Value = serde_json::from_slice(&payload).expect("a payload is JSON");
            kit.assert_eq("its last failure is counted", payload["retry_count"].clone(), json!(1));
            kit.assert_eq(
                "its message is recorded",
                payload["error_message"].clone(),
                json!("out of luck"),
            );
            kit.assert_eq("its queue is the retry_queue", payload["queue"].clone(), json!("slow"));
            kit.assert_eq("its time is recorded", payload["retried_at"].clone(), json!(NOW));
        }
        other => kit.fail(&format!("the job is dead, not {other:?}")),
    }
}
