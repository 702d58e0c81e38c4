//! What the dead set keeps of a JSON value that is not an object, and of such a value among due
//! jobs.

use std::sync::Arc;

use serde_json::{Value, json};
use sidepunch::{Connections, SortedSets};
use testkit::{Kit, epoch_seconds};

/// JSON values that are not objects. Sidekiq's page of dead jobs cannot show them.
pub const VALUES: [&str; 9] = [
    "42",
    "null",
    "true",
    "[1]",
    "\"x\"",
    " -1.50e3\n",
    "18446744073709551617",
    r#"["\u00e9\ud800\/", 1e2]"#,
    r#"[{"class":"A","args":[]}]"#,
];

/// Checks that `dead` contains an object for each of these messages, and nothing else.
pub fn expect_wrapped(kit: &Kit, messages: &[&str], queue: &str) {
    let mut jids = Vec::new();
    let mut texts = Vec::new();
    for entry in kit.query::<Vec<String>>(&["ZRANGE", "dead", "0", "-1"]) {
        let job: Value = serde_json::from_str(&entry).unwrap_or_default();
        kit.assert(&format!("the entry is a JSON object: {entry}"), job.is_object());
        kit.assert_eq("its class", job["class"].clone(), json!("MalformedMessage"));
        let args = job["args"].as_array().cloned().unwrap_or_default();
        kit.assert_eq("it has one argument", args.len(), 1);
        texts.extend(args[0].as_str().map(str::to_owned));
        jids.extend(job["jid"].as_str().map(str::to_owned));
        kit.assert_eq("its queue", job["queue"].clone(), json!(queue));
        for field in ["error_class", "error_message"] {
            kit.assert(
                &format!("{field} is a text: {entry}"),
                job[field].as_str().is_some_and(|text| !text.is_empty()),
            );
        }
        let failed_at = &job["failed_at"];
        kit.assert(
            &format!("failed_at is now, a float of seconds: {entry}"),
            failed_at.is_f64() && (failed_at.as_f64().unwrap_or_default() - epoch_seconds()).abs() < 60.0,
        );
    }
    texts.sort();
    let mut expected: Vec<String> = messages.iter().map(|message| (*message).to_owned()).collect();
    expected.sort();
    kit.assert_eq("the argument is the message as it was", texts, expected);
    kit.assert(
        &format!("each entry has a jid of 24 lowercase hex digits: {jids:?}"),
        jids.iter()
            .all(|jid| jid.len() == 24 && jid.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'))),
    );
    jids.sort();
    jids.dedup();
    kit.assert_eq("and no two have the same jid", jids.len(), messages.len());
}

/// Sidekiq's page of dead jobs fails on such a value until a person deletes it. Catches: a value
/// that is moved as it is; a member that stays in its set, because the script removes the entry
/// instead; a text that is not JSON, or an object, that is wrapped, too.
#[test]
fn wraps_due_members_that_are_not_objects() {
    let kit = testkit::kit!();
    let raw = ["not json", "[1", "", "{\"class\":1}", "{}"];
    for (set, values) in [
        ("retry", VALUES.split_at(4).0),
        ("schedule", VALUES.split_at(4).1),
        ("retry", &raw),
    ] {
        for value in values {
            kit.command(&["ZADD", set, "1", value]);
        }
    }
    let connections = Connections::new(&kit.url()).expect("a URL of a Redis");
    let sets = SortedSets::new(Arc::new(connections));
    let mut moved = 0;
    loop {
        match sets.enqueue_due(epoch_seconds()).expect("Redis is there") {
            0 => break,
            more => moved += more,
        }
    }
    kit.assert_eq("all members are moved", moved, VALUES.len() + raw.len());
    for set in ["retry", "schedule"] {
        kit.assert_eq(&format!("`{set}` is empty"), kit.query::<usize>(&["ZCARD", set]), 0);
    }
    for raw in raw {
        let kept = kit.query::<usize>(&["ZREM", "dead", raw]);
        kit.assert_eq(&format!("{raw:?} is in `dead` as it was"), kept, 1);
    }
    expect_wrapped(&kit, &VALUES, "default");
}
