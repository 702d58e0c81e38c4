//! Due jobs that cannot be moved.

use serde_json::json;
use sidepunch::Error;

use super::common::{NOW, add, card, enqueue_due, sets};

/// Invariant 1. The connection breaks after Redis has done what it was asked, before it has answered. Kills: to remove and
/// push in two commands; an answer that must come.
#[test]
fn loses_no_due_job_when_the_connection_breaks() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let job = json!({"class": "A", "args": [], "jid": "abc"}).to_string();
    for word in ["ZREM", "LPUSH"] {
        kit.command(&["DEL", "queue:default", "schedule"]);
        add(&kit, "schedule", NOW, job.as_bytes());
        let sets = sets(&proxy.url());
        proxy.cut_after_request(word);
        let _ = sets.enqueue_due(NOW);
        kit.assert(&format!("a request with {word} reached Redis"), proxy.fired());
        // What an error leaves undone is done the next time.
        let _ = sets.enqueue_due(NOW);
        let places = (kit.list("queue:default").len(), card(&kit, "schedule"));
        kit.assert_eq("the job is in its queue, once", places, (1, 0));
    }
}

/// A queue that nobody can push to is no reason to lose its jobs, or to keep the others waiting. Kills: a script whose
/// second half fails, one error that ends the batch.
#[test]
fn leaves_a_job_that_cannot_be_moved() {
    let kit = testkit::kit!();
    kit.command(&["SET", "queue:broken", "no list"]);
    for (at, queue) in [(NOW - 3.0, "default"), (NOW - 2.0, "broken"), (NOW - 1.0, "default")] {
        for set in ["retry", "schedule"] {
            let job = json!({"class": "A", "args": [at, set], "queue": queue}).to_string();
            add(&kit, set, at, job.as_bytes());
        }
    }
    let refused = sets(&kit.url()).enqueue_due(NOW);
    kit.assert(
        &format!("it is Error::Refused, got {refused:?}"),
        matches!(refused, Err(Error::Refused { .. })),
    );
    kit.assert_eq("the others are moved", kit.list("queue:default").len(), 4);
    for set in ["retry", "schedule"] {
        kit.assert_eq(&format!("its job stays in `{set}`"), card(&kit, set), 1);
    }
}

/// As many as are read at once, and more: what is behind them must not wait for them, nor for the next look. Kills: to read
/// the earliest jobs only, to go on behind what was read instead of behind what was refused.
#[test]
fn moves_the_jobs_behind_those_that_cannot_be_moved() {
    let kit = testkit::kit!();
    kit.command(&["SET", "queue:broken", "no list"]);
    let job = |number: usize| {
        let broken = number < 250 || number.is_multiple_of(2);
        let queue = if broken { "broken" } else { "default" };
        json!({"class": "A", "args": [number], "queue": queue}).to_string()
    };
    for number in 0..500 {
        add(&kit, "retry", NOW - 1_000.0 + number as f64, job(number).as_bytes());
    }
    let refused = sets(&kit.url()).enqueue_due(NOW);
    kit.assert(
        &format!("it is Error::Refused, got {refused:?}"),
        matches!(refused, Err(Error::Refused { .. })),
    );
    kit.assert_eq("those that can be moved are", kit.list("queue:default").len(), 125);
    kit.assert_eq("the others stay in `retry`", card(&kit, "retry"), 375);
    kit.command(&["DEL", "queue:broken"]);
    for _ in 0..4 {
        enqueue_due(&kit, &sets(&kit.url()));
    }
    kit.assert_eq("until they can be moved", kit.list("queue:broken").len(), 375);
}

/// The same for the set of names, and for the dead. Kills: a script that checks the list only, a burial in two commands or
/// without a look at where it goes, an error at `dead` that keeps the others.
#[test]
fn leaves_jobs_if_queues_or_dead_has_the_wrong_type() {
    let kit = testkit::kit!();
    let good = br#"{"class":"A","args":[]}"#;
    kit.command(&["SET", "queues", "no set"]);
    add(&kit, "retry", NOW, good);
    let refused = sets(&kit.url()).enqueue_due(NOW);
    kit.assert(
        &format!("`queues` is no set: it is Error::Refused, got {refused:?}"),
        matches!(refused, Err(Error::Refused { .. })),
    );
    let places = (kit.list("queue:default").len(), card(&kit, "retry"));
    kit.assert_eq("the job stays where it is", places, (0, 1));

    kit.command(&["DEL", "queues"]);
    kit.command(&["SET", "dead", "no sorted set"]);
    add(&kit, "retry", NOW - 1.0, b"not a job");
    let refused = sets(&kit.url()).enqueue_due(NOW);
    kit.assert(
        &format!("`dead` is no sorted set: it is Error::Refused, got {refused:?}"),
        matches!(refused, Err(Error::Refused { .. })),
    );
    kit.assert_eq("the good job is moved", kit.list("queue:default").len(), 1);
    let left: Vec<String> = kit.query(&["ZRANGE", "retry", "0", "-1"]);
    kit.assert_eq("what cannot be buried stays where it is", left, vec!["not a job"]);
    kit.command(&["DEL", "dead"]);
    enqueue_due(&kit, &sets(&kit.url()));
    kit.assert_eq("until it can", (card(&kit, "retry"), card(&kit, "dead")), (0, 1));
}

/// A full Redis refuses what adds; a job must not fall between the two. Kills: a push that is refused after the removal.
#[test]
fn loses_no_due_job_when_redis_is_full() {
    let kit = testkit::kit!(own);
    let job = json!({"class": "A", "args": [], "jid": "abc"}).to_string();
    add(&kit, "schedule", NOW, job.as_bytes());
    kit.command(&["CONFIG", "SET", "maxmemory", "1"]);
    let sets = sets(&kit.url());
    let _ = sets.enqueue_due(NOW);
    let places = (kit.list("queue:default").len(), card(&kit, "schedule"));
    kit.assert(
        &format!("the job is in its queue or in `schedule`, in one of them: {places:?}"),
        [(1, 0), (0, 1)].contains(&places),
    );
    kit.command(&["CONFIG", "SET", "maxmemory", "0"]);
    enqueue_due(&kit, &sets);
    let places = (kit.list("queue:default").len(), card(&kit, "schedule"));
    kit.assert_eq("with room again, it is in its queue", places, (1, 0));
}
