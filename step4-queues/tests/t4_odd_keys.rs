//! Task 4.4: keys that are missing or of another type, payloads that are not text, and what `peek`
//! reads.

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

/// Any program may push without `SADD`. Catches: a queue that is cleared only if it is in `queues`.
#[test]
fn clears_a_queue_without_a_name() {
    let kit = testkit::kit!();
    kit.lpush("queue:low", &[b"{}"]);
    let cleared = client(&kit).queue("low").clear();
    kit.assert(
        &format!("one job was removed, got {cleared:?}"),
        matches!(cleared, Ok(1)),
    );
    kit.assert_eq("its list is gone", kit.keys(), Vec::<String>::new());
}

/// A queue may contain millions of jobs, and each push moves all places that are counted from the
/// head. Catches: a list that is read as a whole; a place that is calculated from the size.
#[test]
fn peek_counts_from_the_tail() {
    let kit = testkit::kit!();
    kit.lpush("queue:low", &[b"1", b"2", b"3", b"4"]);
    let jobs = client(&kit).queue("low").peek(2);
    kit.assert_eq("the next two jobs", jobs.ok(), Some(vec![b"1".to_vec(), b"2".to_vec()]));
    let commands = kit.commands();
    let is_read = |command: &&String| command.contains("LRANGE \"") || command.contains("LINDEX \"");
    let reads: Vec<&String> = commands.iter().filter(is_read).collect();
    let first_place = |command: &String| command.split('"').nth(3).map(str::to_owned).unwrap_or_default();
    kit.assert(
        &format!("the first place that is read is counted from the tail: {reads:?}"),
        !reads.is_empty() && reads.iter().all(|command| first_place(command).starts_with('-')),
    );
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

/// Catches: a float that is recognized by a small `e`; a latency below zero if the time is an
/// integer.
#[test]
fn latency_of_times_in_other_forms() {
    let kit = testkit::kit!();
    for (enqueued_at, latency) in [("179545412125E-2", 60.0), ("1795454200000", 0.0)] {
        kit.command(&["DEL", "queue:low"]);
        let job = format!(r#"{{"class":"A","args":[],"enqueued_at":{enqueued_at}}}"#);
        kit.lpush("queue:low", &[job.as_bytes()]);
        let got = client(&kit).queue("low").latency(NOW);
        kit.assert(
            &format!("the latency of a job of {enqueued_at} is {latency}, got {got:?}"),
            matches!(got, Ok(got) if got == latency),
        );
    }
}

/// Any program can push to a queue. Catches: a payload that is read as text.
#[test]
fn latency_of_bytes_that_are_not_text_is_0() {
    let kit = testkit::kit!();
    for payload in [
        b"\xff\xfe".as_slice(),
        b"{\"class\":\"A\",\"args\":[\"\xff\"],\"enqueued_at\":1.5}",
    ] {
        kit.command(&["DEL", "queue:low"]);
        kit.lpush("queue:low", &[payload, br#"{"class":"A","args":[],"enqueued_at":1.5}"#]);
        let latency = client(&kit).queue("low").latency(NOW);
        kit.assert(
            &format!("the next payload is not a valid job, got {latency:?}"),
            matches!(latency, Ok(0.0)),
        );
    }
}

/// Catches: a latency for which the size is asked first, or the whole list is read.
#[test]
fn latency_counts_from_the_tail() {
    let kit = testkit::kit!();
    kit.lpush(
        "queue:low",
        &[
            br#"{"class":"A","args":[],"enqueued_at":1795454121.25}"#,
            b"another job",
        ],
    );
    let latency = client(&kit).queue("low").latency(NOW);
    kit.assert(
        &format!("the age of the next job, got {latency:?}"),
        matches!(latency, Ok(60.0)),
    );
    let commands = kit.commands();
    let is_read = |command: &&String| command.contains("LRANGE \"") || command.contains("LINDEX \"");
    let place = |command: &String| command.split('"').nth(3).map(str::to_owned).unwrap_or_default();
    let places: Vec<String> = commands.iter().filter(is_read).map(place).collect();
    kit.assert(
        &format!("the first place that is read is counted from the tail: {places:?}"),
        !places.is_empty() && places.iter().all(|place| place.starts_with('-')),
    );
}

/// Catches: any object with a time that is taken for a job.
#[test]
fn a_payload_without_a_class_has_no_latency() {
    let kit = testkit::kit!();
    for class in ["", r#""class":7,"#] {
        kit.command(&["DEL", "queue:low"]);
        let payload = format!(r#"{{{class}"args":[],"enqueued_at":1795454121.25}}"#);
        kit.lpush("queue:low", &[payload.as_bytes()]);
        let latency = client(&kit).queue("low").latency(NOW);
        kit.assert(
            &format!("the latency is 0 if the next payload is {payload}, got {latency:?}"),
            matches!(latency, Ok(0.0)),
        );
    }
}
