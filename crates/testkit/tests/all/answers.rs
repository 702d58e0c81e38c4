//! Tests that read another type than Redis holds: the failure shows the command and the reply.

use crate::failing::{Outcome, in_child, in_children, kit};

/// Checks the failure of a test, before the transcript and without its place.
fn assert_fails(body: impl FnOnce(), expected: &str) {
    in_child(body, |outcome| assert_failure(&outcome, expected));
}

fn assert_failure(outcome: &Outcome, expected: &str) {
    let (line, text) = outcome.printed.split_once('\n').unwrap();
    assert!(line.starts_with("crates/testkit/tests/all/answers.rs:"), "{line}");
    assert_eq!(text.split("\nRedis holds:").next().unwrap(), expected);
}

/// Catches: "Response type not convertible to numeric" for a key that does not exist, without the
/// command.
#[test]
fn an_answer_of_another_type_is_shown() {
    const MISSING: &str = "GET stat:processed\n  expected: a value of type usize\n       got: nil";
    const OPTIONAL: &str = "HGET h field\n  expected: a value of type Option<u64>\n       got: bulk-string('\"x\"')";
    const LIST: &str = "GET l\n  It returned an error: \"WRONGTYPE\": \
        Operation against a key holding the wrong kind of value";
    in_children(
        [
            (MISSING, || {
                kit().query::<usize>(&["GET", "stat:processed"]);
            }),
            (OPTIONAL, || {
                let kit = kit();
                kit.command(&["HSET", "h", "field", "x"]);
                kit.query::<Option<u64>>(&["HGET", "h", "field"]);
            }),
            (LIST, || {
                let kit = kit();
                kit.lpush("l", &[b"{}"]);
                kit.number("l");
            }),
        ],
        |expected, outcome| {
            let expected = format!("Redis should answer the kit's command {expected}");
            assert_failure(&outcome, &expected);
        },
    );
}

/// The key of a counter that was never incremented does not exist.
#[test]
fn a_counter_is_zero_until_it_is_counted() {
    let kit = testkit::kit!();
    assert_eq!(kit.number("stat:failed"), 0);
    kit.command(&["INCRBY", "stat:failed", "-3"]);
    assert_eq!(kit.number("stat:failed"), -3);
}

/// Catches: a text that counts as 0.
#[test]
fn a_counter_that_is_not_a_number_is_shown() {
    let body = || {
        let kit = kit();
        kit.command(&["SET", "stat:failed", "many"]);
        kit.number("stat:failed");
    };
    assert_fails(body, "the key stat:failed holds a number\n  got: b\"many\"");
}

/// Catches: a push at the wrong end, and bytes that are replaced.
#[test]
fn payloads_are_pushed_and_read_byte_for_byte() {
    let kit = testkit::kit!();
    kit.push("default", "{\"n\":1}");
    kit.push("default", b"\xff\r\n");
    let expected = vec![&b"\xff\r\n"[..], b"{\"n\":1}"];
    kit.assert_eq("the last is the head", kit.payloads("queue:default"), expected);
    assert_eq!(kit.payloads("queue:none"), [""; 0].map(Vec::from));
}

/// Catches: an entry that is skipped.
#[test]
fn a_list_is_read_as_json() {
    let kit = testkit::kit!();
    kit.push("default", "{\"n\":1}");
    kit.push("default", "[2]");
    let numbers: Vec<_> = kit.json_list("queue:default").iter().map(ToString::to_string).collect();
    kit.assert_eq("both are read", numbers, vec!["[2]", "{\"n\":1}"]);
}

/// Catches: a failure that does not show which entry is not JSON.
#[test]
fn an_entry_that_is_not_json_is_shown() {
    let body = || {
        let kit = kit();
        kit.push("default", "job");
        kit.json_list("queue:default");
    };
    assert_fails(
        body,
        "each entry of queue:default is JSON (expected value at line 1 column 1)\n  got: b\"job\"",
    );
}

/// Catches: bytes that are shown as numbers.
#[test]
fn a_comparison_shows_bytes_as_text() {
    let body = || {
        let kit = kit();
        kit.push("default", "{}");
        kit.assert_eq("the job waits", kit.payloads("queue:default"), vec![b"job"]);
    };
    assert_fails(body, "the job waits\n  expected: [b\"job\"]\n       got: [b\"{}\"]");
}
