//! Task 4.4: keys of another type, and payloads that are not text.

use sidepunch::{Client, Error};
use testkit::Kit;

const NOW: f64 = 1_795_454_181.25;

fn client(kit: &Kit) -> Client {
    Client::connect(&kit.url()).expect("the kit's URL is one of a Redis")
}

/// The table of the chapter: `queues` blocks only the methods that need it. Catches: a queue that
/// is first looked up in `queues`.
#[test]
fn inspects_a_queue_without_the_set_of_names() {
    let kit = testkit::kit!();
    kit.lpush(
        "queue:low",
        &[br#"{"class":"A","args":[],"enqueued_at":1795454121.25}"#],
    );
    let queue = client(&kit).queue("low");
    for names in ["no key", "a key of another type"] {
        let (size, jobs, latency) = (queue.size(), queue.peek(5).map(|jobs| jobs.len()), queue.latency(NOW));
        kit.assert(
            &format!("`queues` is {names}: the size, the jobs and the latency: {size:?}, {jobs:?}, {latency:?}"),
            matches!((size, jobs, latency), (Ok(1), Ok(1), Ok(60.0))),
        );
        kit.command(&["SET", "queues", "no set"]);
    }
}

/// Catches: names that cannot be read, and that are taken for no names.
#[test]
fn reports_a_broken_set_of_names() {
    let kit = testkit::kit!();
    kit.command(&["SET", "queues", "no set"]);
    let names = client(&kit).queues().map(|queues| queues.len());
    kit.assert(
        &format!("the error is Error::Refused, got {names:?}"),
        matches!(names, Err(Error::Refused { .. })),
    );
    // The starter reaches its todo here.
    let cleared = client(&kit).queue("low").clear();
    kit.assert(
        &format!("`clear` returns it, too, got {cleared:?}"),
        matches!(cleared, Err(Error::Refused { .. })),
    );
    let output = kit.run(&["queues"]);
    kit.assert_eq("`queues` ends with exit code 1", output.status.code(), Some(1));
}

/// Catches: a name that is removed before the type of the list is checked.
#[test]
fn clear_keeps_the_name_of_a_broken_queue() {
    let kit = testkit::kit!();
    kit.command(&["SADD", "queues", "low"]);
    kit.command(&["SET", "queue:low", "no list"]);
    let cleared = client(&kit).queue("low").clear();
    kit.assert(
        &format!("the error is Error::Refused, got {cleared:?}"),
        matches!(cleared, Err(Error::Refused { .. })),
    );
    let names: Vec<String> = kit.query(&["SMEMBERS", "queues"]);
    kit.assert_eq("`queues` is unchanged", names, vec!["low"]);
}

/// Catches: a name inside the text of the script.
#[test]
fn clears_a_queue_with_quotes_in_its_name() {
    let kit = testkit::kit!();
    let name = "it's \"low\" \\n";
    kit.command(&["SADD", "queues", name]);
    kit.lpush(&format!("queue:{name}"), &[b"{}"]);
    let cleared = client(&kit).queue(name).clear();
    kit.assert(
        &format!("one job was removed, got {cleared:?}"),
        matches!(cleared, Ok(1)),
    );
    kit.assert_eq("so are its list and its name", kit.keys(), Vec::<String>::new());
}

/// Any program can push to a queue. Catches: a payload that is read as text.
#[test]
fn latency_of_bytes_that_are_not_text_is_0() {
    let kit = testkit::kit!();
    kit.lpush(
        "queue:low",
        &[b"\xff\xfe", br#"{"class":"A","args":[],"enqueued_at":1.5}"#],
    );
    let latency = client(&kit).queue("low").latency(NOW);
    kit.assert(
        &format!("the next payload is not a valid job, got {latency:?}"),
        matches!(latency, Ok(0.0)),
    );
}
