//! Task 1.1: a job is the name of a class and an array of arguments. No test here needs Redis.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use serde_json::{Value, json};
use sidepunch::{Error, Job};

fn parsed(job: &Job) -> Value {
    serde_json::from_str(&job.to_string()).expect("a job is written as JSON")
}

/// Workers in other languages read these two fields. Catches: other field names; args as an object.
#[test]
fn builds_a_job_from_class_and_args() {
    let kit = testkit::kit!();
    let job = Job::new("UpdateCounterWorker", &("hits", "incr")).expect("a good job");
    kit.assert_eq(
        "a new job contains its class and its args, and nothing else",
        parsed(&job),
        json!({"class": "UpdateCounterWorker", "args": ["hits", "incr"]}),
    );
}

/// Each element stands for one parameter. Catches: an array of one element that is unwrapped, so
/// that `["x"]` becomes `"x"`.
#[test]
fn keeps_a_single_argument_in_its_array() {
    let kit = testkit::kit!();
    for args in [json!(["x"]), json!([["x"]]), json!([{}]), json!([null]), json!([])] {
        let job = Job::new("AnyWorker", &args).expect("a good job");
        kit.assert_eq(
            "args are the given array, also if it has one element or none",
            parsed(&job)["args"].clone(),
            args,
        );
    }
}

/// Numbers over 64 bits, `1.0` and escapes mean something to the program that wrote them. Catches:
/// args that pass through `serde_json::Value`, a struct, or floats.
#[test]
fn keeps_args_byte_for_byte() {
    let kit = testkit::kit!();
    for args in [
        r#"[null,true,false,0,-1,18446744073709551617,1.0,1e2,0.1]"#,
        r#"["","é","\u00e9","日本","\"quoted\"","a/b","a\/b","\ud83d\ude00","😀","\ud800"]"#,
        r#"[[],{},[[[]]],{"b":1,"a":{"c":[2,{"d":null}]},"b":2}]"#,
        r#"[ 1, 2 ]"#,
        r#"[]"#,
    ] {
        let raw = RawValue::from_string(args.to_owned()).expect("the test's args are JSON");
        let job = Job::new("AnyWorker", &raw).expect("a good job");
        kit.assert_eq("args are kept byte for byte", job.raw("args"), Some(args));
        let written = job.to_string();
        kit.assert(
            &format!("args are written byte for byte: {written} must contain {args}"),
            written.contains(args),
        );
    }
}

/// Sidekiq's payloads are compact, and text is not escaped. Catches: pretty JSON; `\u` for every
/// letter outside ASCII.
#[test]
fn writes_compact_json() {
    let kit = testkit::kit!();
    let job = Job::new("ÜberWorker", &("日本", 1)).expect("a good job").to_string();
    kit.assert(
        &format!("the class is written without spaces, not escaped: {job}"),
        job.contains(r#""class":"ÜberWorker""#),
    );
    kit.assert(
        &format!("the args are written without spaces, not escaped: {job}"),
        job.contains(r#""args":["日本",1]"#),
    );
}

/// Catches: JSON that is assembled from text without escapes; escapes by Rust's rules.
#[test]
fn escapes_a_class_with_quotes() {
    let kit = testkit::kit!();
    let class = "A \"B\" \\ C\n\u{1}\u{7f}";
    let built = Job::new(class, &[1]);
    kit.assert(
        &format!("the class {class:?} is accepted, got {built:?}"),
        built.is_ok(),
    );
    let job = built.expect("a good job");
    kit.assert_eq(
        "the class is the given one",
        parsed(&job)["class"].clone(),
        json!(class),
    );
}

/// A worker's arguments are positional. Catches: code that accepts every type that can be
/// serialized.
#[test]
fn rejects_args_that_are_not_an_array() {
    let kit = testkit::kit!();
    for args in [
        json!("hits"),
        json!(42),
        json!({"name": "hits"}),
        json!(null),
        json!(true),
        json!("[]"),
    ] {
        let refused = Job::new("UpdateCounterWorker", &args);
        kit.assert(
            &format!("args must be an array, so {args} is rejected with Error::ArgsNotArray"),
            matches!(refused, Err(Error::ArgsNotArray(_))),
        );
        let message = refused.err().map(|error| error.to_string()).unwrap_or_default();
        kit.assert(
            &format!("the error contains the given value, {args}: {message}"),
            message.contains(&args.to_string()),
        );
    }
    // Written again, this would be {"b":100.0,"a":"é"}.
    let text = r#"{ "b": 1e2, "a": "\u00e9" }"#;
    let raw = RawValue::from_string(text.to_owned()).expect("the test's args are JSON");
    let refused = Job::new("UpdateCounterWorker", &raw);
    let holds_text = matches!(&refused, Err(Error::ArgsNotArray(args)) if args == text);
    kit.assert(
        &format!("the error holds the JSON text that was given, got {refused:?}"),
        holds_text,
    );
}

/// JSON has only text as keys. Catches: a panic.
#[test]
fn rejects_args_that_json_cannot_express() {
    let kit = testkit::kit!();
    let good = Job::new("AnyWorker", &[BTreeMap::from([("1", 2)])]);
    kit.assert(&format!("a map of texts is accepted, got {good:?}"), good.is_ok());
    let refused = Job::new("AnyWorker", &[BTreeMap::from([([1], 2)])]);
    kit.assert(
        &format!("a map whose keys are arrays is rejected with Error::Json, got {refused:?}"),
        matches!(refused, Err(Error::Json(_))),
    );
}

/// No worker could perform such a job. Catches: a class that is not checked, or only after the
/// arguments; an error without the JSON text.
#[test]
fn rejects_an_empty_class() {
    let kit = testkit::kit!();
    for args in [json!(["hits", "incr"]), json!("hits")] {
        let refused = Job::new("", &args);
        kit.assert(
            &format!("an empty class is rejected with Error::InvalidClass, which holds \"\", got {refused:?}"),
            matches!(refused, Err(Error::InvalidClass(class)) if class == r#""""#),
        );
    }
}
