//! The chapter's bonuses. Ours does neither: take an `#[ignore]` away, and go further than we did.

use serde_json::json;
use sidepunch::{Error, Job};

/// serde writes NaN and the infinities as `null`, without a word, and the worker gets no number.
#[test]
#[ignore = "bonus 1: see docs/step1-typed.md"]
fn rejects_nan_and_infinity() {
    let kit = testkit::kit!();
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let refused = Job::new("AnyWorker", &("hits", number));
        kit.assert(
            &format!("{number} is no JSON, so it is refused, not written as null: {refused:?}"),
            refused.is_err(),
        );
    }
    let optional: (Option<u8>,) = (None,);
    kit.assert(
        "but None is null, and welcome",
        Job::new("AnyWorker", &optional).is_ok(),
    );
}

/// Step 4 reads `-q critical,3`: a queue with a comma in its name could never be asked for.
#[test]
#[ignore = "bonus 2: see docs/step1-typed.md"]
fn rejects_a_queue_with_a_comma_or_control_character() {
    let kit = testkit::kit!();
    for queue in ["a,b", "line\nfeed", "\u{7f}"] {
        let payload = json!({"class": "AnyWorker", "args": [], "queue": queue}).to_string();
        let refused = Job::parse(payload.as_bytes()).expect("a job").normalize(1795454181.5);
        let sentence = format!("the queue {queue:?} is refused with Error::InvalidQueue");
        kit.assert(&sentence, matches!(refused, Err(Error::InvalidQueue(_))));
    }
}
