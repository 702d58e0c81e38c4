//! Properties that hold for every job, count and time.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use sidepunch::retry::{decide, delay};
use sidepunch::{Decision, Retry};
use testkit::Kit;

use super::common::{NOW, boom, job, retried};

/// Checks a property on 200 cases, and reports the smallest case that violates it.
fn holds<S: Strategy>(kit: &Kit, cases: &S, property: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let config = Config {
        cases: 200,
        failure_persistence: None,
        ..Config::default()
    };
    if let Err(error) = TestRunner::new(config).run(cases, property) {
        kit.fail(&error.to_string());
    }
}

/// Catches: another formula; a jitter that is left out, or generated inside; a delay that is not
/// added to the due time.
#[test]
fn delays_grow_with_the_fourth_power_of_the_count() {
    let kit = testkit::kit!();
    for (count, jitter, seconds) in [
        (0, 0.0, 15.0),
        (0, 0.5, 20.0),
        (1, 0.0, 16.0),
        (1, 0.75, 31.0),
        (2, 0.0, 31.0),
        (10, 0.0, 10_015.0),
        (10, 0.5, 10_070.0),
        (24, 0.0, 331_791.0),
    ] {
        let sentence = format!("count⁴ + 15 + jitter · 10 · (count + 1) seconds for {count} and {jitter}");
        kit.assert_eq(&sentence, delay(count, jitter), seconds);
    }
    let payload = json!({"class": "A", "args": [], "jid": "abc", "retry_count": 9}).to_string();
    let (_, _, at) = retried(&kit, decide(job(&payload), &boom(), Retry::Yes, NOW, 0.5));
    kit.assert_eq("a retry is due after that delay", at, NOW + 10_070.0);
}

/// The tenth copy of a job is still the same job. Catches: a job that is rebuilt from a struct; a
/// `serde_json::Value` on the way; `created_at` or `enqueued_at` that is set again.
#[test]
fn changes_only_the_failure_fields() {
    let kit = testkit::kit!();
    let kept = r#""retry":true,"queue":"default","class":"A","args":[1e2,"\u00e9\/",18446744073709551617,{"b":1,"a":[]}],"jid":"b4a577edbccf1d805744efa9","created_at":1700000000123,"tags":[1.0,"é"],"enqueued_at":1700000001.5"#;
    let mut text = format!("{{{kept}}}");
    for _ in 0..10 {
        let (next, ..) = retried(&kit, decide(job(&text), &boom(), Retry::Yes, NOW, 0.3));
        kit.assert(
            &format!("every byte of the job stays, in the same order\n  job: {{{kept}}}\n  got: {next}"),
            next.starts_with(&format!("{{{kept},")),
        );
        text = next;
    }
    let keys = json!(["retry_count", "failed_at", "retried_at", "error_message", "error_class"]);
    let value: Value = serde_json::from_str(&text).expect("a payload is JSON");
    for key in keys.as_array().into_iter().flatten().filter_map(Value::as_str) {
        kit.assert(&format!("{key} is there"), value.get(key).is_some());
        kit.assert_eq(
            &format!("{key} is there once"),
            text.matches(&format!("\"{key}\":")).count(),
            1,
        );
    }
}

/// For every limit: as many retries as the limit, and then none.
#[test]
fn runs_a_job_once_more_than_its_retry_limit() {
    let kit = testkit::kit!();
    holds(&kit, &(0_u32..60, 0.0..1.0_f64), |(limit, jitter)| {
        let mut text = json!({"class": "A", "args": [], "jid": "abc", "retry": limit}).to_string();
        let mut runs = 1;
        while let Decision::Retry { payload, .. } = decide(job(&text), &boom(), Retry::No, NOW, jitter) {
            runs += 1;
            prop_assert!(runs <= 100, "it is retried without an end");
            text = String::from_utf8(payload).expect("a payload is UTF-8");
        }
        prop_assert_eq!(runs, limit + 1, "runs of a job with \"retry\": {}", limit);
        Ok(())
    });
}

/// The jitter spreads the retries over 10 · (count + 1) seconds, and no retry is due before the
/// fourth power of the count.
#[test]
fn keeps_the_jitter_within_its_bounds() {
    let kit = testkit::kit!();
    holds(&kit, &(0_i64..=1_000_000, 0.0..1.0_f64), |(count, jitter)| {
        let (least, width) = ((count as f64).powi(4) + 15.0, 10.0 * (count as f64 + 1.0));
        let delay = delay(count, jitter);
        prop_assert!(
            (least..=least + width).contains(&delay),
            "{} is not between {} and {} more",
            delay,
            least,
            width
        );
        Ok(())
    });
}

/// All other fields of a job stay, in every order.
#[test]
fn preserves_unknown_fields() {
    let kit = testkit::kit!();
    let raw = prop_oneof![
        Just("null".to_owned()),
        Just("18446744073709551617".to_owned()),
        Just("[1.0,{\"x\":[]}]".to_owned()),
        any::<f64>().prop_map(|number| json!(number).to_string()),
        any::<String>().prop_map(|text| json!(text).to_string()),
    ];
    let others = prop::collection::btree_map("[a-z]{1,3}", raw, 0..6);
    holds(&kit, &others, |others| {
        let text: String = others
            .iter()
            .map(|(key, value)| format!(",\"x{key}\":{value}"))
            .collect();
        let before = job(&format!(r#"{{"args":[],"jid":"abc"{text},"class":"A"}}"#));
        match decide(before.clone(), &boom(), Retry::Yes, NOW, 0.0) {
            Decision::Retry { payload, .. } => {
                let (before, after) = (before.to_string(), String::from_utf8(payload).expect("UTF-8"));
                prop_assert!(
                    after.starts_with(before.trim_end_matches('}')),
                    "{} became {}",
                    before,
                    after
                );
                Ok(())
            }
            other => Err(TestCaseError::fail(format!("a retry, not {other:?}"))),
        }
    });
}
