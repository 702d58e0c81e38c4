//! Any program can write anything to Redis. What cannot be read is reported, and the rest is read.

use testkit::Kit;

use super::{job, snapshot};

/// Writes one queue, set, counter and process that can be read.
fn write_valid_data(kit: &Kit) {
    kit.command(&["SADD", "queues", "default"]);
    kit.lpush("queue:default", &[job(1).as_bytes()]);
    kit.command(&["ZADD", "retry", "1", &job(2)]);
    kit.command(&["SET", "stat:failed", "3"]);
    kit.command(&["SADD", "processes", "host:7:abc"]);
    kit.command(&[
        "HSET",
        "host:7:abc",
        "info",
        r#"{"concurrency":5}"#,
        "beat",
        "1795454181.5",
    ]);
}

/// Catches: one odd value that hides all others, and one that is left out without a word.
#[test]
fn reads_the_rest_beside_an_odd_value() {
    let odd: [(&[&str], &str); 12] = [
        (&["SET", "queue:odd", "x"], "queue:odd"),
        (&["SET", "stat:processed", "-3"], "stat:processed"),
        (&["SET", "stat:processed", "many"], "stat:processed"),
        (&["LPUSH", "stat:processed", "1"], "stat:processed"),
        (&["SET", "dead", "x"], "dead"),
        (&["LPUSH", "schedule", "x"], "schedule"),
        (&["SET", "odd:1:a", "x"], "odd:1:a"),
        (&["SET", "odd:1:a:work", "x"], "odd:1:a:work"),
        (&["LPUSH", "odd:1:a:workers", "x"], "odd:1:a:workers"),
        (&["SET", "sidepunch:lists:odd:1:a", "x"], "sidepunch:lists:odd:1:a"),
        (
            &["SET", "sidepunch:inflight:odd:1:a:0:q", "x"],
            "sidepunch:inflight:odd:1:a:0:q",
        ),
        (&["SADD", "sidepunch:leases", "x"], "sidepunch:leases"),
    ];
    for (command, key) in odd {
        let kit = testkit::kit!();
        write_valid_data(&kit);
        kit.command(&["SADD", "queues", "odd"]);
        kit.command(&["SADD", "processes", "odd:1:a"]);
        if key != "sidepunch:lists:odd:1:a" {
            kit.command(&["SADD", "sidepunch:lists:odd:1:a", "sidepunch:inflight:odd:1:a:0:q"]);
        }
        kit.command(command);
        let seen = snapshot(&kit);
        let sentence = |text| format!("after {command:?}, {text}");
        kit.assert_eq(&sentence("the waiting job is seen"), seen.waiting(), 1);
        kit.assert_eq(&sentence("the failed job is seen"), seen.retry.count, 1);
        kit.assert_eq(&sentence("the number of failures is read"), seen.failed, Some(3));
        let processes: Vec<&str> = seen.processes.iter().map(|process| &*process.identity).collect();
        kit.assert(&sentence("the process is seen"), processes.contains(&"host:7:abc"));
        let unreadable: Vec<&str> = seen.unreadable.iter().map(|odd| &*odd.key).collect();
        kit.assert_eq(&sentence("the odd key is reported, once"), unreadable, vec![key]);
    }
}

/// Catches: the same for whole sets, which name the queues and the processes.
#[test]
fn reads_the_rest_without_the_sets_of_names() {
    let kit = testkit::kit!();
    kit.command(&["SET", "queues", "x"]);
    kit.command(&["SET", "processes", "x"]);
    kit.command(&["ZADD", "retry", "1", &job(2)]);
    let seen = snapshot(&kit);
    kit.assert_eq("the failed job is seen", seen.retry.count, 1);
    let unreadable: Vec<&str> = seen.unreadable.iter().map(|odd| &*odd.key).collect();
    kit.assert_eq("both keys are reported", unreadable, vec!["queues", "processes"]);
    let notice = seen.notice().unwrap_or_default();
    for part in ["queues (WRONGTYPE)", "processes (WRONGTYPE)"] {
        kit.assert(&format!("the notice names {part}: {notice}"), notice.contains(part));
    }
}

/// Catches: names that are not UTF-8, which end a snapshot, or are confused with others.
#[test]
fn reads_names_that_are_not_utf8() {
    let kit = testkit::kit!();
    write_valid_data(&kit);
    kit.command(&[b"SADD".as_slice(), b"queues", b"b\xff\xfe"]);
    kit.command(&[b"LPUSH".as_slice(), b"queue:b\xff\xfe", b"{}"]);
    kit.command(&[b"SADD".as_slice(), b"processes", b"p\xff"]);
    kit.command(&[b"ZADD".as_slice(), b"sidepunch:leases", b"1", b"l\xff"]);
    kit.command(&[b"HSET".as_slice(), b"host:7:abc", b"quiet", b"\xff"]);
    kit.command(&[b"HSET".as_slice(), b"host:7:abc:work", b"a\xff", b"\xff"]);
    let seen = snapshot(&kit);
    kit.assert_eq("both queues are counted", seen.waiting(), 2);
    kit.assert_eq("the process is seen", seen.processes.len(), 1);
    let unreadable: Vec<&str> = seen.unreadable.iter().map(|odd| &*odd.key).collect();
    kit.assert_eq("the odd names are reported", unreadable, vec!["p\\xff", "l\\xff"]);
}

/// A thousand odd values must not fill the page. Catches: a notice without a limit.
#[test]
fn limits_the_notice() {
    let kit = testkit::kit!();
    let long = "x".repeat(1_000);
    for number in 0..100 {
        let name = format!("{number}{long}");
        kit.command(&["SADD", "queues", &name]);
        kit.command(&["SET", &format!("queue:{name}"), "x"]);
    }
    let notice = snapshot(&kit).notice().unwrap_or_default();
    kit.assert(&format!("it is short: {notice}"), notice.chars().count() < 500);
    kit.assert(&format!("it counts the others: {notice}"), notice.contains("97 more"));
}

/// Catches: a Redis that rejects everything and is taken for an empty one.
#[test]
fn returns_other_refusals_as_errors() {
    let kit = testkit::kit!(own);
    kit.command(&[
        "ACL", "SETUSER", "limited", "reset", "on", ">word", "~*", "+@all", "-llen",
    ]);
    kit.command(&["SADD", "queues", "default"]);
    let url = kit.url().replace("redis://", "redis://limited:word@");
    let error = lookout::Inspector::new(&url).unwrap().snapshot().unwrap_err();
    kit.assert(
        &format!("LLEN is not allowed: {error}"),
        error.to_string().contains("llen"),
    );
}
