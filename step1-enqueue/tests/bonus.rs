//! The bonus tasks of the chapter, which our solution does not do. Remove an `#[ignore]`, and go
//! further than we did.

use serde_json::json;
use sidepunch::{Error, Job};

/// serde writes NaN and the infinities as `null` without an error, so the worker would not receive
/// a number.
#[test]
#[ignore = "bonus 1: see docs/step1-typed.md"]
fn rejects_nan_and_infinity() {
    let kit = testkit::kit!();
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let refused = Job::new("AnyWorker", &("hits", number));
        kit.assert(
            &format!("{number} is not JSON, so it must be rejected, not written as null: {refused:?}"),
            refused.is_err(),
        );
    }
    let optional: (Option<u8>,) = (None,);
    kit.assert(
        "None is written as null, and accepted",
        Job::new("AnyWorker", &optional).is_ok(),
    );
}

/// Step 4 reads `-q critical,3` as a queue with a weight, so no process could fetch from a queue
/// with a comma in its name.
#[test]
#[ignore = "bonus 2: see docs/step1-typed.md"]
fn rejects_a_queue_with_a_comma_or_control_character() {
    let kit = testkit::kit!();
    for queue in ["a,b", "line\nfeed", "\u{7f}"] {
        let payload = json!({"class": "AnyWorker", "args": [], "queue": queue}).to_string();
        let refused = Job::parse(payload.as_bytes()).expect("a job").normalize(1795454181.5);
        let sentence = format!("the queue {queue:?} is rejected with Error::InvalidQueue");
        kit.assert(&sentence, matches!(refused, Err(Error::InvalidQueue(_))));
    }
}
