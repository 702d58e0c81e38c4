use super::{job, look, numbers};

/// The two ends of a short queue overlap. Kills: a job that is drawn twice, or not at all, and a wrong order.
#[test]
fn each_job_at_the_ends_is_seen_once() {
    let kit = testkit::kit!();
    kit.command(&["SADD", "queues", "default"]);
    for length in 1..=20 {
        kit.lpush("queue:default", &[job(length).as_bytes()]);
        let seen = look(&kit).queues.pop().unwrap();
        let told = format!("a queue of {length} is seen from its newest job to its oldest, without those between");
        let newest: Vec<usize> = (1..=length).rev().collect();
        let ends: Vec<usize> = match length {
            0..=16 => newest,
            _ => [&newest[..8], &newest[length - 8..]].concat(),
        };
        kit.assert_eq(&told, numbers(seen.head.iter().chain(&seen.tail)), ends);
        kit.assert_eq("its length is that of the list", seen.length, length as u64);
        kit.assert_eq("so many lie between", seen.between(), length.saturating_sub(16) as u64);
        kit.assert_eq("the oldest is next", numbers(seen.next()), vec![1]);
    }
}

/// Its name is known, though nothing waits. Kills: reading `queue:*` instead of the set.
#[test]
fn an_empty_queue_is_seen_and_one_without_a_name_is_not() {
    let kit = testkit::kit!();
    kit.command(&["SADD", "queues", "low", "critical", "a b:c"]);
    kit.lpush("queue:unknown", &[job(1).as_bytes()]);
    let seen = look(&kit);
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

/// Sidekiq 8 writes milliseconds. Kills: a latency of fifty thousand years, and that of the newest job.
#[test]
fn latency_is_the_age_of_the_next_job() {
    let kit = testkit::kit!();
    kit.command(&["SADD", "queues", "new", "old"]);
    let at = |time: &str| format!(r#"{{"class":"A","args":[],"enqueued_at":{time}}}"#);
    for (queue, oldest) in [("old", "1795454181.5"), ("new", "1795454181500")] {
        kit.lpush(
            &format!("queue:{queue}"),
            &[at(oldest).as_bytes(), at("1795454189.0").as_bytes()],
        );
    }
    for queue in look(&kit).queues {
        kit.assert_eq("it has waited for 8.5 s", queue.latency(1_795_454_190.0), 8.5);
    }
}

/// Anybody can push anything. Kills: a look that fails, or leaves something out.
#[test]
fn what_is_no_job_is_seen_as_it_is() {
    let kit = testkit::kit!();
    kit.command(&[b"SADD".as_slice(), b"queues", b"\xff"]);
    let key = b"queue:\xff".as_slice();
    for message in [b"\xff\x00".as_slice(), b"42", b"", br#"{"class":"<b>","args":[]}"#] {
        kit.command(&[b"LPUSH", key, message]);
    }
    let queue = look(&kit).queues.pop().unwrap();
    kit.assert_eq("its name is shown as far as it can be", &*queue.name, "\u{fffd}");
    let seen: Vec<_> = queue.head.iter().map(|job| (&*job.class, &*job.args)).collect();
    kit.assert_eq(
        "messages are shown as they are",
        seen,
        vec![("<b>", ""), ("", ""), ("", "42"), ("", "\u{fffd}\0")],
    );
}
