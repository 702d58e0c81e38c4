//! A job goes back to its queue, or was taken away meanwhile; `InFlight`, called by hand.

use std::sync::Arc;
use std::time::Duration;

use sidepunch::{Config, Decision, Outcome, UnitOfWork};
use testkit::Kit;

use crate::server::{
    ME, add_in_flight, begins, card, failed, identity, in_flight, in_flight_lists, job, processed, push, quick, start,
};

/// A payload that is not UTF-8.
const BYTES: &[u8] = b"not \xff text \xfe";

/// Adds jobs to this in-flight list, and returns them as a processor that has fetched them.
fn held(kit: &Kit, holder: &str, payloads: &[&[u8]]) -> Vec<Arc<UnitOfWork>> {
    let held = payloads.iter().map(|payload| {
        add_in_flight(kit, ME, holder, "default", payload);
        Arc::new(UnitOfWork {
            queue: "default".into(),
            payload: payload.to_vec(),
            by_waiter: holder.ends_with("-waits"),
        })
    });
    held.collect()
}

#[track_caller]
fn acknowledge(kit: &Kit, outcomes: &[(Arc<UnitOfWork>, Outcome)]) {
    let result = in_flight_lists(kit.url()).acknowledge_and_fetch(outcomes, 0);
    kit.assert(&format!("the call succeeds, got {result:?}"), result.is_ok());
    kit.command(&["DEL", &format!("sidepunch:state:{ME}")]);
}

/// Invariant 4. Another process has recovered the job, which may run there now. Catches: an outcome
/// that is applied although the job has left the list; a crash count that is removed with it, so
/// that a poison pill never dies.
#[test]
fn ignores_every_outcome_of_a_job_that_was_taken_away() {
    let kit = testkit::kit!();
    let payload = job(1, &[]);
    let retry = || Decision::Retry {
        payload: b"as it is kept".to_vec(),
        at: 1_795_454_181.5,
    };
    let outcomes = || {
        [
            Outcome::Succeeded,
            Outcome::Failed(retry()),
            Outcome::Failed(Decision::Dead(b"as it is kept".to_vec())),
            Outcome::Failed(Decision::Discard),
            Outcome::Requeued,
            Outcome::StillRunning,
        ]
    };
    kit.command(&["HSET", "sidepunch:crashes", &payload, "1"]);
    for holder in ["0", "0-waits"] {
        for outcome in outcomes() {
            let told = format!("{outcome:?} from the list of {holder}");
            let jobs = held(&kit, holder, &[payload.as_bytes()]);
            kit.command(&["DEL", &format!("sidepunch:inflight:{ME}:{holder}:default")]);
            acknowledge(&kit, &[(jobs[0].clone(), outcome)]);
            kit.assert_eq(&told, kit.list("queue:default"), Vec::<String>::new());
            kit.assert_eq(&told, in_flight(&kit).len(), 0);
            kit.assert_eq(&told, (card(&kit, "retry"), card(&kit, "dead")), (0, 0));
            kit.assert_eq(&told, (processed(&kit), failed(&kit)), (0, 0));
            let crashes: Option<u64> = kit.query(&["HGET", "sidepunch:crashes", &payload]);
            kit.assert_eq(&format!("{told}: its crash count stays"), crashes, Some(1));
        }
    }
}

/// The third job is not in its list any more. Catches: a job that goes back as text, so that it
/// stays in flight forever; a requeue that counts as a crash, as processed or as a failure, or
/// that removes a crash count.
#[test]
fn requeues_jobs_byte_for_byte_and_counts_nothing() {
    let kit = testkit::kit!();
    for holder in ["0", "0-waits"] {
        kit.command(&["HSET", "sidepunch:crashes", "a suspect", "1"]);
        let jobs = held(&kit, holder, &[BYTES, b"a suspect", b"another"]);
        let outcomes: Vec<_> = jobs.into_iter().map(|job| (job, Outcome::Requeued)).collect();
        acknowledge(&kit, &outcomes);
        kit.assert_eq(
            "the jobs are in their queue",
            kit.payloads("queue:default"),
            vec![BYTES.to_vec(), b"a suspect".to_vec(), b"another".to_vec()],
        );
        kit.assert_eq("none is in flight", in_flight(&kit).len(), 0);
        kit.assert_eq("none is counted", (processed(&kit), failed(&kit)), (0, 0));
        let crashes: Vec<(String, u64)> = kit.query(&["HGETALL", "sidepunch:crashes"]);
        kit.assert_eq(
            "the crash counts are as before",
            crashes,
            vec![("a suspect".to_owned(), 1)],
        );
        kit.command(&["DEL", "queue:default"]);
    }
}

/// Catches: bytes that become text on their way to `retry` or `dead`.
#[test]
fn keeps_failed_jobs_byte_for_byte() {
    let kit = testkit::kit!();
    for holder in ["0", "0-waits"] {
        let jobs = held(&kit, holder, &[BYTES, b"\xf0 two"]);
        let (payload, at) = (b"kept \xff".to_vec(), 1_795_454_181.5);
        let verdicts = [Decision::Retry { payload, at }, Decision::Dead(b"dead \xff".to_vec())];
        let outcomes: Vec<_> = jobs.into_iter().zip(verdicts.map(Outcome::Failed)).collect();
        acknowledge(&kit, &outcomes);
        for (set, kept) in [("retry", b"kept \xff"), ("dead", b"dead \xff")] {
            let members: Vec<Vec<u8>> = kit.query(&["ZRANGE", set, "0", "-1"]);
            kit.assert_eq(&format!("`{set}` has the bytes"), members, vec![kept.to_vec()]);
            kit.command(&["DEL", set]);
        }
        kit.assert_eq("none is in flight", in_flight(&kit).len(), 0);
    }
}

/// Catches: a message that is read as text, by a fetch or by a wait, so that it stays in flight for
/// ever.
#[test]
fn performs_jobs_behind_a_payload_that_is_not_utf8() {
    let kit = testkit::kit!();
    let config = Config {
        concurrency: 1,
        batch: 1,
        ..quick(kit.url())
    };
    push(&kit, "default", [BYTES]);
    let running = start(&kit, config);
    kit.eventually("the first one is fetched, and dies", || failed(&kit) == 1);
    kit.eventually("it waits for jobs", || kit.blocked() > 0);
    push(&kit, "default", [b"\xf0 two"]);
    kit.eventually("the second one is brought by a wait, and dies", || failed(&kit) == 2);
    push(&kit, "default", [job(3, &[])]);
    kit.assert_eq("the next job begins", begins(&kit, &running.begun), 3);
    running.stop();
    let mut dead: Vec<Vec<u8>> = kit.query(&["ZRANGE", "dead", "0", "-1"]);
    dead.sort();
    kit.assert_eq(
        "both are dead, byte for byte",
        dead,
        vec![BYTES.to_vec(), b"\xf0 two".to_vec()],
    );
    kit.assert_eq("nothing is in flight", in_flight(&kit).len(), 0);
}

/// Only Sidekiq's Web UI reads `queues`. Catches: a call that ends with an error at that key,
/// before it moves a job or between two of them.
#[test]
fn requeues_jobs_though_the_set_of_queues_is_broken() {
    let kit = testkit::kit!();
    kit.command(&["SET", "queues", "not a set"]);
    for holder in ["0", "0-waits"] {
        let jobs = held(&kit, holder, &[b"one", b"two", b"three"]);
        let outcomes = jobs
            .into_iter()
            .zip([Outcome::Requeued, Outcome::Requeued, Outcome::StillRunning]);
        acknowledge(&kit, &outcomes.collect::<Vec<_>>());
        kit.assert_eq(
            "two jobs are in their queue",
            kit.list("queue:default"),
            vec!["one", "two"],
        );
        let running: Vec<_> = in_flight(&kit).into_iter().map(|(_, job)| job).collect();
        kit.assert_eq("the third one runs", running, vec!["three"]);
        let list = format!("sidepunch:inflight:{ME}:{holder}:default");
        kit.command(&["DEL", "queue:default", &list]);
    }
}

/// Redis has an older state, in which two jobs are still in flight. Catches: a requeue that ends
/// half-way with an error at `queues`, that counts as a crash, or that leaves the queue invisible.
#[test]
fn requeues_an_old_batch_though_the_set_of_queues_is_broken() {
    for is_broken in [false, true] {
        let kit = testkit::kit!();
        let mut calls = in_flight_lists(kit.url());
        push(&kit, "default", [job(1, &[])]);
        for want in [1, 0] {
            let called = calls.acknowledge_and_fetch(&[], want);
            kit.assert(
                &format!("a job is performed, got {called:?}"),
                called.is_ok_and(|fetched| fetched.jobs.len() == want),
            );
        }
        kit.command(&["DEL", &format!("sidepunch:state:{ME}"), "queues"]);
        if is_broken {
            kit.command(&["SET", "queues", "not a set"]);
        }
        held(&kit, "0", &[BYTES, b"two"]);
        let result = calls.acknowledge_and_fetch(&[], 0);
        kit.assert(&format!("the call succeeds, got {result:?}"), result.is_ok());
        let mut queue = kit.payloads("queue:default");
        queue.sort();
        kit.assert_eq("both are in their queue", queue, vec![BYTES.to_vec(), b"two".to_vec()]);
        kit.assert_eq("only the first job was processed", processed(&kit), 1);
        let crashes: usize = kit.query(&["HLEN", "sidepunch:crashes"]);
        kit.assert_eq("no crash is counted", crashes, 0);
        if !is_broken {
            let queues: Vec<String> = kit.query(&["SMEMBERS", "queues"]);
            kit.assert_eq("Sidekiq's pages show the queue", queues, vec!["default"]);
        }
    }
}

/// A waiter has moved jobs that no processor knows, and Redis has lost the index of the lists, so
/// that the waiter enters its list again. The long pause after an error shows a wait that had one.
/// Catches: a wait that ends with an error at `queues`; jobs that go back as after a crash.
#[test]
fn requeues_jobs_of_a_lost_wait_though_the_set_of_queues_is_broken() {
    let kit = testkit::kit!();
    kit.command(&["SET", "queues", "not a set"]);
    let config = Config {
        concurrency: 1,
        batch: 1,
        reconnect: Duration::from_secs(600),
        ..quick(kit.url())
    };
    let running = start(&kit, config);
    let own = identity(&kit);
    // A wait that begins meanwhile would requeue some of the jobs before the others are there.
    kit.eventually("it waits for jobs", || kit.blocked() > 0);
    for number in 1..4 {
        add_in_flight(&kit, &own, "0-waits", "default", &job(number, &["hold"]));
    }
    kit.command(&["DEL", &format!("sidepunch:lists:{own}")]);
    for number in 1..4 {
        let begun = running.gate.wait_for("the next job begins", number as usize);
        kit.assert_eq("in the old order", begun, (1..=number).collect::<Vec<u64>>());
        kit.assert_eq(
            "no crash is counted",
            kit.query::<usize>(&["HLEN", "sidepunch:crashes"]),
            0,
        );
        running.gate.let_pass(1);
    }
    kit.eventually("all are counted", || processed(&kit) == 3);
    running.stop();
}

/// Catches: a first write that needs memory, in a call that requeues jobs or acknowledges one that
/// runs.
#[test]
fn requeues_jobs_in_a_full_redis() {
    let kit = testkit::kit!(own);
    for holder in ["0", "0-waits"] {
        let jobs = held(&kit, holder, &[b"one", b"two", b"three"]);
        kit.command(&["CONFIG", "SET", "maxmemory", "1"]);
        let outcomes = jobs
            .into_iter()
            .zip([Outcome::Requeued, Outcome::Requeued, Outcome::StillRunning]);
        acknowledge(&kit, &outcomes.collect::<Vec<_>>());
        kit.command(&["CONFIG", "SET", "maxmemory", "0"]);
        kit.assert_eq(
            "two jobs are in their queue",
            kit.list("queue:default"),
            vec!["one", "two"],
        );
        let list = format!("sidepunch:inflight:{ME}:{holder}:default");
        kit.assert_eq("the third one runs", kit.list(&list), vec!["three"]);
        kit.command(&["DEL", "queue:default", &list]);
    }
}

/// A waiter brought a job of which no processor knows, and Redis is full. Catches: a wait whose
/// first write needs memory, so that the job stays in flight until Redis has room; a queue that
/// stays invisible though it has a job again.
#[test]
fn requeues_a_job_of_a_lost_wait_in_a_full_redis() {
    let kit = testkit::kit!(own);
    let config = Config {
        concurrency: 1,
        batch: 1,
        ..quick(kit.url())
    };
    let running = start(&kit, config);
    let list = format!("sidepunch:inflight:{}:0-waits:default", identity(&kit));
    kit.eventually("it waits for jobs", || kit.blocked() > 0);
    // In one step, or the job would go back before.
    redis::pipe()
        .atomic()
        .lpush(&list, job(1, &[]))
        .cmd("CONFIG")
        .arg(&["SET", "maxmemory", "1"])
        .exec(&mut kit.redis())
        .expect("a full Redis");
    kit.assert_eq("the job is performed", begins(&kit, &running.begun), 1);
    let queues: Vec<String> = kit.query(&["SMEMBERS", "queues"]);
    kit.assert_eq("Sidekiq's pages show its queue", queues, vec!["default"]);
    kit.eventually("it is acknowledged", || processed(&kit) == 1);
    kit.command(&["CONFIG", "SET", "maxmemory", "0"]);
    running.stop();
}
