use super::{job, numbers, snapshot};

/// The two ends of a short queue overlap. Catches: a job that is shown twice or not at all, and a
/// wrong order.
#[test]
fn reads_each_job_at_the_ends_once() {
    let kit = testkit::kit!();
    kit.command(&["SADD", "queues", "default"]);
    for length in 1..=20 {
        kit.lpush("queue:default", &[job(length).as_bytes()]);
        let seen = snapshot(&kit).queues.pop().unwrap();
        let sentence = format!("a queue of {length} is seen from its newest job to its oldest, without those between");
        let newest: Vec<usize> = (1..=length).rev().collect();
        let ends: Vec<usize> = match length {
            0..=16 => newest,
            _ => [&newest[..8], &newest[length - 8..]].concat(),
        };
        kit.assert_eq(&sentence, numbers(seen.head.iter().chain(&seen.tail)), ends);
        kit.assert_eq("its length is that of the list", seen.length, length as u64);
        kit.assert_eq("so many lie between", seen.between(), length.saturating_sub(16) as u64);
        kit.assert_eq("the oldest is next", numbers(seen.next()), vec![1]);
    }
}

/// An empty queue is still in the set `queues`. Catches: reading `queue:*` instead of the set.
#[test]
fn reads_an_empty_queue_and_ignores_one_without_a_name() {
    let kit = testkit::kit!();
    kit.command(&["SADD", "queues", "low", "critical", "a b:c"]);
    kit.lpush("queue:unknown", &[job(1).as_bytes()]);
    let seen = snapshot(&kit);
    let names: Vec<&str> = seen.queues.iter().map(|queue| &*queue.name).collect();
    kit.assert_eq(
        "queues are those of the set, by name",
        names,
        vec!["a b:c", "critical", "low"],
    );
    kit.assert_eq("nothing waits in them", seen.waiting(), 0);
    kit.assert_eq(
        "a queue without a job has no latency",
        seen.queues[0].latency(10.0),
        0.0,
    );
}

/// Sidekiq 8 writes milliseconds, as an integer. Catches: a latency of fifty thousand years, and
/// that of the newest job.
#[test]
fn latency_is_the_age_of_the_next_job() {
    let kit = testkit::kit!();
    kit.command(&["SADD", "queues", "default"]);
    let at = |time: &str| format!(r#"{{"class":"A","args":[],"enqueued_at":{time}}}"#);
    for (oldest, latency) in [
        ("1795454181.5", 8.5),
        ("1.7954541815e9", 8.5),
        ("1795454181500", 8.5),
        ("\"x\"", 0.0),
        ("null", 0.0),
    ] {
        kit.command(&["DEL", "queue:default"]);
        kit.lpush("queue:default", &[at(oldest).as_bytes(), at("1795454189.0").as_bytes()]);
        let queue = snapshot(&kit).queues.pop().unwrap();
        let sentence = format!("if the next job is of {oldest}, the latency is {latency} s");
        kit.assert_eq(&sentence, queue.latency(1_795_454_190.0), latency);
    }
}

/// Any program can push anything. Catches: a snapshot that fails or leaves something out.
#[test]
fn reads_malformed_messages() {
    let kit = testkit::kit!();
    kit.command(&[b"SADD".as_slice(), b"queues", b"\xff"]);
    let key = b"queue:\xff".as_slice();
    for message in [b"\xff\x00".as_slice(), b"42", b"", br#"{"class":"<b>","args":[]}"#] {
        kit.command(&[b"LPUSH", key, message]);
    }
    let queue = snapshot(&kit).queues.pop().unwrap();
    kit.assert_eq("its name is shown as far as it can be", &*queue.name, "\u{fffd}");
    let seen: Vec<_> = queue.head.iter().map(|job| (&*job.class, &*job.args)).collect();
    kit.assert_eq(
        "messages are shown as they are",
        seen,
        vec![("<b>", ""), ("", ""), ("", "42"), ("", "\u{fffd}\0")],
    );
}
