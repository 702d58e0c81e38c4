//! Due jobs move to their queues.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::common::{NOW, add, card, enqueue_due, sets};

/// Catches: a job that forgets its failure; a move that decodes and encodes the payload (in the
/// program or in Lua); an `enqueued_at` that is missing, old, an integer, or in local time; a list
/// whose name is not in `queues`.
#[test]
fn moves_a_due_job_and_sets_only_enqueued_at() {
    let kit = testkit::kit!();
    let before = r#""retry":true,"queue":"mailers","class":"A","args":[1e2,"\u00e9\ud800\/",18446744073709551617,1.0,[],{"b":1,"a":{}}],"jid":"b4a577edbccf1d805744efa9","created_at":1700000000123,"retry_count":1,"failed_at":1795454161.5,"retried_at":1795454171.5,"error_message":"out of luck""#;
    for set in ["retry", "schedule"] {
        add(
            &kit,
            set,
            NOW - 1.0,
            format!("{{{before},\"error_class\":\"{set}\"}}").as_bytes(),
        );
    }
    kit.assert_eq("two jobs were moved", enqueue_due(&kit, &sets(&kit.url())), 2);
    let list = kit.list("queue:mailers");
    kit.assert_eq("both are in the queue of their payload", list.len(), 2);
    for set in ["retry", "schedule"] {
        kit.assert_eq(&format!("`{set}` is empty"), card(&kit, set), 0);
        let expected = format!("{{{before},\"error_class\":\"{set}\",\"enqueued_at\":1795454181.25}}");
        kit.assert(
            &format!("the job of `{set}` has enqueued_at now, a float\n  expected: {expected}\n  the queue: {list:?}"),
            list.contains(&expected),
        );
    }
    let queues: Vec<String> = kit.query(&["SMEMBERS", "queues"]);
    kit.assert_eq("the queue is in `queues`", queues, vec!["mailers"]);
}

/// An operator has deleted `queues`, and the list has jobs. Catches: a name that is added only for a
/// new list; a queue that is written into the payload again.
#[test]
fn adds_the_name_of_a_queue_with_jobs() {
    let kit = testkit::kit!();
    kit.lpush("queue:café", &[b"{}"]);
    let job = r#"{"class":"A","args":[],"queue":"caf\u00e9""#;
    add(&kit, "retry", NOW - 1.0, format!("{job}}}").as_bytes());
    enqueue_due(&kit, &sets(&kit.url()));
    let queues: Vec<String> = kit.query(&["SMEMBERS", "queues"]);
    kit.assert_eq("the queue is in `queues`", queues, vec!["café"]);
    kit.assert_eq(
        "only enqueued_at is new",
        kit.list("queue:café"),
        vec![format!("{job},\"enqueued_at\":1795454181.25}}"), "{}".to_owned()],
    );
}

/// Catches: an `enqueued_at` that is there twice, or keeps its old value.
#[test]
fn replaces_an_old_enqueued_at() {
    let kit = testkit::kit!();
    let job = r#"{"class":"A","args":[],"enqueued_at":1700000000.5,"jid":"abc","queue":"default"}"#;
    add(&kit, "retry", NOW - 1.0, job.as_bytes());
    enqueue_due(&kit, &sets(&kit.url()));
    kit.assert_eq(
        "enqueued_at is now, in its old place",
        kit.list("queue:default"),
        vec![job.replace("1700000000.5", "1795454181.25")],
    );
}

/// Python writes a space after each colon. Catches: a member that is parsed and written again
/// before it is removed. Such a text is not in the set, so the job would always stay due.
#[test]
fn removes_exactly_the_member_that_was_read() {
    let kit = testkit::kit!();
    let job = br#"{"class": "A", "args": [1, 2], "queue": "default"}"#;
    add(&kit, "retry", NOW - 1.0, job);
    kit.assert_eq("one job was moved", enqueue_due(&kit, &sets(&kit.url())), 1);
    kit.assert_eq("it is in its queue", kit.list("queue:default").len(), 1);
    kit.assert_eq("`retry` is empty", card(&kit, "retry"), 0);
}

/// Catches: all jobs moved; a job that is moved too late, or not at all because its time is before
/// 1970; a queue that is not the job's.
#[test]
fn leaves_jobs_that_are_not_due() {
    let kit = testkit::kit!();
    for (at, jid) in [
        (-1.0, "before 1970"),
        (NOW - 0.001, "due"),
        (NOW, "just due"),
        (NOW + 0.001, "soon"),
        (NOW + 1e9, "later"),
    ] {
        for set in ["retry", "schedule"] {
            let job = json!({"class": "A", "args": [set], "jid": jid}).to_string();
            add(&kit, set, at, job.as_bytes());
        }
    }
    kit.assert_eq("six due jobs were moved", enqueue_due(&kit, &sets(&kit.url())), 6);
    for set in ["retry", "schedule"] {
        kit.assert_eq(&format!("two jobs of `{set}` stay"), card(&kit, set), 2);
    }
    kit.assert_eq(
        "a job without a queue goes to `default`",
        kit.list("queue:default").len(),
        6,
    );
    kit.assert_eq("nothing more is due", enqueue_due(&kit, &sets(&kit.url())), 0);
}

/// The job that has waited longest is performed first. Catches: `RPUSH`; the latest job first.
#[test]
fn enqueues_the_earliest_job_first() {
    let kit = testkit::kit!();
    for number in 0..250 {
        let job = json!({"class": "A", "args": [number]}).to_string();
        add(&kit, "schedule", NOW - 1_000.0 + f64::from(number), job.as_bytes());
    }
    enqueue_due(&kit, &sets(&kit.url()));
    let order: Vec<Value> = kit
        .list("queue:default")
        .iter()
        .rev()
        .map(|job| serde_json::from_str::<Value>(job).expect("it is JSON")["args"][0].clone())
        .collect();
    kit.assert_eq(
        "the jobs are in the order of their times, from the tail on",
        order,
        (0..250).map(Value::from).collect::<Vec<_>>(),
    );
}

/// `decide` has put the retry_queue into `queue` already, and a scheduled job did not fail yet.
/// Catches: a job that goes to its retry_queue; a name that is cut out of the payload's text, where
/// it is escaped; a name that is cut at a colon.
#[test]
fn moves_a_job_to_the_queue_that_it_names() {
    let kit = testkit::kit!();
    let job = br#"{"class":"A","args":[],"queue":"caf\u00e9 \"a\":b","retry_queue":"slow"}"#;
    add(&kit, "schedule", NOW, job);
    kit.assert_eq("one job was moved", enqueue_due(&kit, &sets(&kit.url())), 1);
    kit.assert_eq("it is in its queue", kit.keys(), vec!["queue:café \"a\":b", "queues"]);
    kit.assert_eq(
        "whose name is in `queues`",
        kit.query::<Vec<String>>(&["SMEMBERS", "queues"]),
        vec!["café \"a\":b"],
    );
}

/// A reply that takes 60 ms is usual between two data centres. Catches: a round trip for each job.
#[test]
fn moves_a_page_of_jobs_in_a_few_round_trips() {
    let kit = testkit::kit!();
    for number in 0..100 {
        let job = json!({"class": "A", "args": [number]}).to_string();
        add(&kit, "retry", NOW, job.as_bytes());
    }
    let proxy = kit.proxy();
    proxy.delay(Duration::from_millis(60));
    let start = Instant::now();
    kit.assert_eq("all are moved", enqueue_due(&kit, &sets(&proxy.url())), 100);
    let took = start.elapsed();
    // A hundred round trips take at least six seconds.
    kit.assert(
        &format!("that takes a few round trips of 60 ms, not {took:?}"),
        took < Duration::from_secs(6),
    );
}

/// A page of all due jobs would block other clients of Redis. Catches: no limit.
#[test]
fn moves_a_backlog_in_pages() {
    let kit = testkit::kit!();
    for number in 0..250 {
        let job = json!({"class": "A", "args": [number]}).to_string();
        add(&kit, "retry", NOW, job.as_bytes());
    }
    kit.assert_eq("all are moved", enqueue_due(&kit, &sets(&kit.url())), 250);
    let commands = kit.commands();
    let reads = commands.iter().filter(|command| {
        let read = ["ZRANGE", "ZPOPMIN"].iter().any(|name| command.contains(name));
        read && command.contains("\"retry\"")
    });
    let reads = reads.count();
    kit.assert(
        &format!("250 jobs are read in three pages or more, not in {reads}"),
        reads > 2,
    );
}

/// No process could fetch from a queue without a name. Catches: a push to `queue:`.
#[test]
fn moves_a_job_without_a_queue_name_to_default() {
    let kit = testkit::kit!();
    for queue in [json!(""), json!(7), json!(null)] {
        let job = json!({"class": "A", "args": [queue.clone()], "queue": queue});
        add(&kit, "retry", NOW, job.to_string().as_bytes());
    }
    enqueue_due(&kit, &sets(&kit.url()));
    kit.assert_eq("all three jobs are in `default`", kit.list("queue:default").len(), 3);
    kit.assert_eq("no other list exists", kit.keys(), vec!["queue:default", "queues"]);
}

/// A malformed member would stay due, in front of the others. Catches: a parse error that ends the
/// move; the old score of a member that is in `dead` already.
#[test]
fn moves_malformed_due_members_to_the_dead_set() {
    let kit = testkit::kit!();
    let bad: [&[u8]; 4] = [b"not json", b"\xff\xfe", b"{\"class\":1}", b""];
    for (number, bad) in bad.iter().enumerate() {
        add(&kit, "retry", NOW - 100.0 + number as f64, bad);
    }
    add(&kit, "dead", 1.0, bad[0]);
    add(&kit, "retry", NOW - 1.0, br#"{"class":"A","args":[]}"#);
    kit.assert_eq("five members are moved", enqueue_due(&kit, &sets(&kit.url())), 5);
    kit.assert_eq("the good job after them is moved", kit.list("queue:default").len(), 1);
    let text = |bad: &[u8], at: f64| format!("{} at {at}", bad.escape_ascii());
    let dead: Vec<(Vec<u8>, f64)> = kit.query(&["ZRANGE", "dead", "0", "-1", "WITHSCORES"]);
    let mut dead: Vec<_> = dead.iter().map(|(dead, at)| text(dead, *at)).collect();
    dead.sort();
    let mut expected: Vec<_> = bad.iter().map(|bad| text(bad, NOW)).collect();
    expected.sort();
    kit.assert_eq("the malformed members are in `dead`, byte for byte", dead, expected);
    kit.assert_eq("`retry` is empty", card(&kit, "retry"), 0);
}

/// Invariant 1. Catches: `ZRANGEBYSCORE` and `LPUSH` without a check which process has removed the
/// job.
#[test]
fn moves_each_due_job_once_with_concurrent_schedulers() {
    let kit = testkit::kit!();
    for number in 0..1_000 {
        let job = json!({"class": "A", "args": [number]}).to_string();
        add(&kit, "schedule", NOW - 1_000.0, job.as_bytes());
    }
    let sets = sets(&kit.url());
    let is_empty = Arc::new(AtomicBool::new(false));
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let (sets, is_empty) = (sets.clone(), Arc::clone(&is_empty));
            kit.spawn(move || {
                let mut all = 0;
                // A call may return 0 although jobs are left, because the others moved the jobs
                // that it found.
                for _ in 0..1_000 {
                    all += sets.enqueue_due(NOW).expect("Redis is there");
                    if is_empty.load(Ordering::Relaxed) {
                        break;
                    }
                }
                all
            })
        })
        .collect();
    kit.eventually("all jobs are moved", || card(&kit, "schedule") == 0);
    is_empty.store(true, Ordering::Relaxed);
    let mut list = kit.list("queue:default");
    let moved = list.len();
    list.sort();
    list.dedup();
    kit.assert_eq("each job is in the queue once", (moved, list.len()), (1_000, 1_000));
    let counted: usize = tasks.into_iter().map(|task| task.join("it ends")).sum();
    kit.assert_eq(
        "each job was counted once, by the scheduler that moved it",
        counted,
        1_000,
    );
}
