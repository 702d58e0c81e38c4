//! A job that is retried for a time, and not for a number of times.

use serde_json::{Value, json};
use sidepunch::Retry;
use sidepunch::retry::decide;

use super::common::{NOW, boom, job, kind, retried};

/// Returns a job that failed first `ago` seconds before now, with these fields.
fn failed(ago: f64, fields: Value) -> Value {
    let mut payload = json!({
        "class": "A", "args": [], "jid": "abc", "retry": true, "retry_count": 0, "failed_at": NOW - ago,
    });
    for (name, value) in fields.as_object().into_iter().flatten() {
        payload[name] = value.clone();
    }
    payload
}

/// Sidekiq 7.1.3 and later: `sidekiq_options retry_for: 1.hour`. Catches: the number of retries
/// preferred to the time; a time that is counted from the last failure or from the push, or in
/// milliseconds; a job that is retried without an end, or dies at its first failure.
#[test]
fn retries_until_the_time_of_retry_for_has_passed() {
    let kit = testkit::kit!();
    let table = [
        // The number does not matter.
        (
            failed(100.0, json!({"retry_for": 3_600, "retry": 1, "retry_count": 5})),
            "retry",
        ),
        (
            failed(100.0, json!({"retry_for": 3_600, "retry_count": 1_000})),
            "retry",
        ),
        (failed(100.0, json!({"retry_for": 3_600, "retry": 0})), "retry"),
        (failed(100.0, json!({"retry_for": 60, "retry": 1_000})), "dead"),
        (failed(100.0, json!({"retry_for": 60})), "dead"),
        // The time is counted from the first failure, and may be a float.
        (
            failed(100.0, json!({"retry_for": 100.5, "retried_at": NOW - 50.0})),
            "retry",
        ),
        (
            failed(100.0, json!({"retry_for": 99.5, "retried_at": NOW - 50.0})),
            "dead",
        ),
        (failed(10.0, json!({"retry_for": 60, "created_at": NOW - 1e6})), "retry"),
        // The last moment counts.
        (failed(60.0, json!({"retry_for": 60})), "retry"),
        (failed(1e9, json!({"retry_for": 1e300})), "retry"),
        // Sidekiq 8 writes an integer of milliseconds.
        (
            failed(0.0, json!({"retry_for": 3_600, "failed_at": 1_795_454_081_250_i64})),
            "retry",
        ),
        (
            failed(0.0, json!({"retry_for": 99, "failed_at": 1_795_454_081_250_i64})),
            "dead",
        ),
        // The first failure is now.
        (
            failed(1e6, json!({"retry_for": 1, "retry": 0, "retry_count": null})),
            "retry",
        ),
        // A job that is not retried at all, and one that is not kept.
        (failed(100.0, json!({"retry_for": 3_600, "retry": false})), "discarded"),
        (failed(100.0, json!({"retry_for": 60, "dead": false})), "discarded"),
    ];
    for (payload, expected) in table {
        let decision = decide(job(&payload.to_string()), &boom(), Retry::Yes, NOW, 0.0);
        kit.assert_eq(&format!("the decision about {payload}"), kind(&decision), expected);
    }
    let payload = failed(100.0, json!({"retry_for": 3_600, "retry": 1, "retry_count": 2})).to_string();
    let (_, payload, at) = retried(&kit, decide(job(&payload), &boom(), Retry::Times(0), NOW, 0.0));
    kit.assert_eq("the delay is the usual one, 3⁴ + 15 s", at, NOW + 96.0);
    let last = failed(59.0, json!({"retry_for": 60, "retry_count": 2})).to_string();
    let (_, _, at) = retried(&kit, decide(job(&last), &boom(), Retry::Yes, NOW, 0.0));
    kit.assert_eq("so is that of the last retry", at, NOW + 96.0);
    kit.assert_eq("the retry is counted", payload["retry_count"].clone(), json!(3));
    kit.assert_eq("retry_for stays", payload["retry_for"].clone(), json!(3_600));
    let exponent = r#"{"class":"A","args":[],"retry_for":3600,"retry_count":30,"failed_at":1795454081e0}"#;
    let decision = decide(job(exponent), &boom(), Retry::Yes, NOW, 0.0);
    kit.assert_eq("a number with an exponent is a float", kind(&decision), "retry");
}

/// Catches: an invalid `retry_for` that is applied, or that causes a panic; one without the time of
/// the first failure, with which the job would be retried without an end.
#[test]
fn ignores_an_invalid_retry_for() {
    let kit = testkit::kit!();
    let invalid = [
        json!(0),
        json!(-5),
        json!(-0.5),
        json!("3600"),
        json!(null),
        json!([3_600]),
        json!(true),
    ];
    let invalid = invalid.map(|value| failed(1e9, json!({"retry_for": value})));
    // Another client may have written a count without this time.
    let without_time =
        [json!(null), json!("now")].map(|time| failed(1e9, json!({"retry_for": 3_600, "failed_at": time})));
    let absent = json!({"class": "A", "args": [], "jid": "abc", "retry_for": 3_600});
    for fields in invalid.into_iter().chain(without_time).chain([absent]) {
        for (retry, expected) in [(1, "dead"), (7, "retry")] {
            let mut payload = fields.clone();
            (payload["retry"], payload["retry_count"]) = (json!(retry), json!(5));
            let decision = decide(job(&payload.to_string()), &boom(), Retry::Yes, NOW, 0.0);
            kit.assert_eq(&format!("the decision about {payload}"), kind(&decision), expected);
        }
    }
}

/// Catches: a time that a job without a valid `retry` has, and that counts although its worker has no
/// retries.
#[test]
fn a_worker_without_retries_outranks_retry_for() {
    let kit = testkit::kit!();
    for retry in [json!(null), json!("often"), json!(-1)] {
        for retry_for in [60, 3_600] {
            let payload = failed(100.0, json!({"retry": retry, "retry_for": retry_for}));
            let decision = decide(job(&payload.to_string()), &boom(), Retry::No, NOW, 0.0);
            kit.assert_eq(&format!("the decision about {payload}"), kind(&decision), "discarded");
        }
    }
}

/// Invariant 5. Catches: the worker's option, or the default, that is written into the job.
#[test]
fn leaves_an_invalid_retry_as_it_is() {
    let kit = testkit::kit!();
    for retry in [json!(null), json!("often"), json!(-1)] {
        let payload = failed(1.0, json!({"retry": retry}));
        let decision = decide(job(&payload.to_string()), &boom(), Retry::Times(3), NOW, 0.0);
        let (_, payload, _) = retried(&kit, decision);
        kit.assert_eq("`retry` is as before", payload["retry"].clone(), retry);
    }
    let absent = json!({"class": "A", "args": []}).to_string();
    let (_, payload, _) = retried(&kit, decide(job(&absent), &boom(), Retry::Times(3), NOW, 0.0));
    kit.assert_eq("there is none, as before", payload.get("retry").cloned(), None);
}
