//! Due jobs that cannot be moved.

use serde_json::json;
use sidepunch::Error;

use super::common::{NOW, add, card, enqueue_due, sets};

/// Invariant 1. The connection breaks after Redis has executed the command, and before its reply
/// arrives. Catches: removing and pushing in two commands; code that needs the reply.
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
        // After an error, the next call finishes the work.
        let _ = sets.enqueue_due(NOW);
        let places = (kit.list("queue:default").len(), card(&kit, "schedule"));
        kit.assert_eq("the job is in its queue, once", places, (1, 0));
    }
}

/// If a queue has the wrong type, its jobs must not be lost, and must not block the others.
/// Catches: a script whose second half fails; one error that ends the batch.
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
        &format!("the error is Error::Refused, got {refused:?}"),
        matches!(refused, Err(Error::Refused { .. })),
    );
    kit.assert_eq("the other jobs are moved", kit.list("queue:default").len(), 4);
    for set in ["retry", "schedule"] {
        kit.assert_eq(
            &format!("the job of the broken queue stays in `{set}`"),
            card(&kit, set),
            1,
        );
    }
}

/// There are more jobs that cannot be moved than the scheduler reads at once. The jobs behind them
/// must not wait for them, nor for the next poll. Catches: a scheduler that reads only the earliest
/// jobs; one that continues behind the jobs that it has read, and not behind those that were
/// refused.
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
        &format!("the error is Error::Refused, got {refused:?}"),
        matches!(refused, Err(Error::Refused { .. })),
    );
    kit.assert_eq(
        "the jobs that can be moved are moved",
        kit.list("queue:default").len(),
        125,
    );
    kit.assert_eq("the others stay in `retry`", card(&kit, "retry"), 375);
    kit.command(&["DEL", "queue:broken"]);
    for _ in 0..4 {
        enqueue_due(&kit, &sets(&kit.url()));
    }
    kit.assert_eq(
        "the others are moved when this is possible",
        kit.list("queue:broken").len(),
        375,
    );
}

/// Catches: a due job that waits for `queues`, or is lost because the script ends at `queues`.
#[test]
fn moves_jobs_although_queues_has_the_wrong_type() {
    let kit = testkit::kit!();
    kit.command(&["SET", "queues", "no set"]);
    add(&kit, "retry", NOW, br#"{"class":"A","args":[]}"#);
    let moved = sets(&kit.url()).enqueue_due(NOW);
    kit.assert(&format!("the job is moved, got {moved:?}"), matches!(moved, Ok(1)));
    let places = (kit.list("queue:default").len(), card(&kit, "retry"));
    kit.assert_eq("it is in its queue", places, (1, 0));
}

/// The same as for a list, but for the dead set. Catches: a move to `dead` in two commands, or
/// without a check of the type of `dead`; an error of `dead` that blocks the other jobs.
#[test]
fn leaves_malformed_members_if_dead_has_the_wrong_type() {
    let kit = testkit::kit!();
    add(&kit, "retry", NOW, br#"{"class":"A","args":[]}"#);
    kit.command(&["SET", "dead", "no sorted set"]);
    add(&kit, "retry", NOW - 1.0, b"not a job");
    let refused = sets(&kit.url()).enqueue_due(NOW);
    kit.assert(
        &format!("`dead` is not a sorted set: the error is Error::Refused, got {refused:?}"),
        matches!(refused, Err(Error::Refused { .. })),
    );
    kit.assert_eq("the good job is moved", kit.list("queue:default").len(), 1);
    let left: Vec<String> = kit.query(&["ZRANGE", "retry", "0", "-1"]);
    kit.assert_eq(
        "a member that cannot be moved to `dead` stays where it is",
        left,
        vec!["not a job"],
    );
    kit.command(&["DEL", "dead"]);
    enqueue_due(&kit, &sets(&kit.url()));
    kit.assert_eq(
        "it is moved when this is possible",
        (card(&kit, "retry"), card(&kit, "dead")),
        (0, 1),
    );
}

/// A Redis that restarts has forgotten all scripts. Catches: a script that is loaded once, and then
/// called by its hash.
#[test]
fn moves_due_jobs_after_redis_has_lost_the_scripts() {
    let kit = testkit::kit!(own);
    let sets = sets(&kit.url());
    for run in 1..=2 {
        let good = json!({"class": "A", "args": [run]}).to_string();
        for member in [good, format!("not a job {run}")] {
            add(&kit, "retry", NOW, member.as_bytes());
        }
        kit.assert_eq("both members are moved", enqueue_due(&kit, &sets), 2);
        let places = (kit.list("queue:default").len(), card(&kit, "dead"));
        kit.assert_eq("one to its queue, the other to `dead`", places, (run, run));
        kit.command(&["SCRIPT", "FLUSH"]);
    }
}

/// A full Redis refuses commands that add data. Catches: a push that is refused after the job was
/// removed; a name that is added before it, and refused without an error.
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
        &format!("the job is either in its queue or in `schedule`: {places:?}"),
        [(1, 0), (0, 1)].contains(&places),
    );
    kit.command(&["CONFIG", "SET", "maxmemory", "0"]);
    enqueue_due(&kit, &sets);
    let places = (kit.list("queue:default").len(), card(&kit, "schedule"));
    kit.assert_eq("when Redis has memory again, the job is in its queue", places, (1, 0));
    let queues: Vec<String> = kit.query(&["SMEMBERS", "queues"]);
    kit.assert_eq("the queue is in `queues`", queues, vec!["default"]);
}

/// A full Redis allows a script to add data after a write that removes some. Catches: a job that is
/// pushed before it is removed, so that no job becomes due in a full Redis.
#[test]
fn moves_due_jobs_in_a_full_redis() {
    let kit = testkit::kit!(own);
    let job = json!({"class": "A", "args": [], "jid": "abc"}).to_string();
    add(&kit, "schedule", NOW, job.as_bytes());
    kit.command(&["CONFIG", "SET", "maxmemory", "1"]);
    let moved = sets(&kit.url()).enqueue_due(NOW);
    let places = (kit.list("queue:default").len(), card(&kit, "schedule"));
    kit.assert_eq(&format!("the job is in its queue, got {moved:?}"), places, (1, 0));
    kit.command(&["CONFIG", "SET", "maxmemory", "0"]);
}
