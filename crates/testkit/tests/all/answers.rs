//! Tests that read another type than Redis holds: the failure shows the command and the reply.

use crate::failing::{kit, run};

/// Runs a test that fails; returns its failure before the transcript, without its place.
fn sentence(test: &str) -> String {
    let printed = run(&format!("answers::{test}")).printed;
    let (line, text) = printed.split_once('\n').unwrap();
    assert!(line.starts_with("crates/testkit/tests/all/answers.rs:"), "{line}");
    text.split("\nRedis holds:").next().unwrap().to_owned()
}

/// Catches: "Response type not convertible to numeric" for a key that does not exist, without the
/// command.
#[test]
fn an_answer_of_another_type_is_shown() {
    assert_eq!(
        sentence("asks_for_a_missing_number"),
        "Redis should answer the kit's command GET stat:processed\n  expected: a value of type usize\n       got: nil"
    );
    assert_eq!(
        sentence("asks_for_an_optional_number"),
        "Redis should answer the kit's command HGET h field\n  expected: a value of type Option<u64>\n       got: bulk-string('\"x\"')"
    );
    assert_eq!(
        sentence("asks_a_list_for_a_string"),
        "Redis should answer the kit's command GET l\n  It returned an error: \"WRONGTYPE\": Operation against a key holding the wrong kind of value"
    );
}

#[test]
#[ignore = "fails on purpose"]
fn asks_for_a_missing_number() {
    kit().query::<usize>(&["GET", "stat:processed"]);
}

#[test]
#[ignore = "fails on purpose"]
fn asks_for_an_optional_number() {
    let kit = kit();
    kit.command(&["HSET", "h", "field", "x"]);
    kit.query::<Option<u64>>(&["HGET", "h", "field"]);
}

#[test]
#[ignore = "fails on purpose"]
fn asks_a_list_for_a_string() {
    let kit = kit();
    kit.push("default", "{}");
    kit.lpush("l", &[b"{}"]);
    kit.number("l");
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
    assert_eq!(
        sentence("counts_a_text"),
        "the key stat:failed holds a number\n  got: b\"many\""
    );
}

#[test]
#[ignore = "fails on purpose"]
fn counts_a_text() {
    let kit = kit();
    kit.command(&["SET", "stat:failed", "many"]);
    kit.number("stat:failed");
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

/// Catches: an entry that is skipped, and a failure that does not show which one is not JSON.
#[test]
fn a_list_is_read_as_json() {
    let kit = testkit::kit!();
    kit.push("default", "{\"n\":1}");
    kit.push("default", "[2]");
    let numbers: Vec<_> = kit.json_list("queue:default").iter().map(ToString::to_string).collect();
    kit.assert_eq("both are read", numbers, vec!["[2]", "{\"n\":1}"]);
    assert_eq!(
        sentence("reads_text_as_json"),
        "each entry of queue:default is JSON (expected value at line 1 column 1)\n  got: b\"job\""
    );
}

#[test]
#[ignore = "fails on purpose"]
fn reads_text_as_json() {
    let kit = kit();
    kit.push("default", "job");
    kit.json_list("queue:default");
}

/// Catches: bytes that are shown as numbers.
#[test]
fn a_comparison_shows_bytes_as_text() {
    assert_eq!(
        sentence("compares_bytes"),
        "the job waits\n  expected: [b\"job\"]\n       got: [b\"{}\"]"
    );
}

#[test]
#[ignore = "fails on purpose"]
fn compares_bytes() {
    let kit = kit();
    kit.push("default", "{}");
    kit.assert_eq("the job waits", kit.payloads("queue:default"), vec![b"job"]);
}
