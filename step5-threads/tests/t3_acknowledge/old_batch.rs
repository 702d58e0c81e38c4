//! A call that finds an older state of Redis; `InFlight`, called by hand.

use std::sync::Arc;

use sidepunch::{Config, Decision, InFlight, Outcome, UnitOfWork};
use testkit::Kit;

use crate::server::{
    ME, add_in_flight, card, failed, in_flight, in_flight_lists, in_flight_lists_of, job, processed, push, quick,
};
use crate::support::order;

/// Makes two calls, then adds these jobs to the list of the processor, and deletes the number of
/// the last call.
fn restored(kit: &Kit, jobs: &[&str]) -> InFlight {
    let mut calls = in_flight_lists(kit.url());
    push(kit, "default", [job(1, &[])]);
    for want in [1, 0] {
        let called = calls.acknowledge_and_fetch(&[], want);
        kit.assert(&format!("a job is performed, got {called:?}"), called.is_ok());
    }
    for job in jobs {
        add_in_flight(kit, ME, "0", "default", job);
    }
    kit.command(&["DEL", &format!("sidepunch:state:{ME}")]);
    calls
}

/// Catches: a job that leaves its list before the script finds out that it cannot push it.
#[test]
fn keeps_an_old_batch_in_flight_until_it_can_be_requeued() {
    let kit = testkit::kit!();
    let mut calls = restored(&kit, &["one", "two"]);
    kit.command(&["SET", "queue:default", "not a list"]);
    // It may refuse the call, or go on beside these jobs.
    let _ = calls.acknowledge_and_fetch(&[], 0);
    kit.assert_eq("both jobs are in flight", in_flight(&kit).len(), 2);
    kit.command(&["DEL", "queue:default"]);
    let result = calls.acknowledge_and_fetch(&[], 0);
    kit.assert(&format!("then the call succeeds, got {result:?}"), result.is_ok());
    kit.assert_eq("and both are in their queue", kit.list("queue:default").len(), 2);
}

/// Catches: an old batch that is requeued in another order; a crash count that a requeued job
/// loses.
#[test]
fn requeues_an_old_batch_in_order_and_keeps_its_crash_counts() {
    let kit = testkit::kit!();
    let mut calls = restored(&kit, &["one", "two"]);
    kit.command(&["HSET", "sidepunch:crashes", "one", "1"]);
    let result = calls.acknowledge_and_fetch(&[], 0);
    kit.assert(&format!("the call succeeds, got {result:?}"), result.is_ok());
    kit.assert_eq(
        "the first that was fetched is the next to be popped",
        kit.list("queue:default"),
        vec!["two", "one"],
    );
    let crashes: Vec<(String, u64)> = kit.query(&["HGETALL", "sidepunch:crashes"]);
    kit.assert_eq("its crash count is there", crashes, vec![("one".to_owned(), 1)]);
}

/// The state is older than the number of the last call, and the jobs of the last batch are there.
/// Catches: a call that ignores its outcomes then, so that a job which has failed runs again.
#[test]
fn acknowledges_the_named_jobs_of_an_older_state() {
    let kit = testkit::kit!();
    let mut calls = restored(&kit, &["old", "failed"]);
    let unit = UnitOfWork {
        queue: "default".into(),
        payload: b"failed".to_vec(),
        by_waiter: false,
    };
    let (payload, at) = (b"as it is kept".to_vec(), 1_795_454_181.5);
    let outcome = Outcome::Failed(Decision::Retry { payload, at });
    let result = calls.acknowledge_and_fetch(&[(Arc::new(unit), outcome)], 0);
    kit.assert(&format!("the call succeeds, got {result:?}"), result.is_ok());
    kit.assert_eq("the failed job is in `retry`", card(&kit, "retry"), 1);
    kit.assert_eq("and is counted", (processed(&kit), failed(&kit)), (2, 1));
    kit.assert_eq("the other job is in its queue", kit.list("queue:default"), vec!["old"]);
}

/// Catches: a call that checks the types of all queues then, so that a broken one of which it holds
/// no job blocks it.
#[test]
fn requeues_an_old_batch_beside_a_broken_queue() {
    let kit = testkit::kit!();
    let config = Config {
        queues: order(&["default", "broken"]),
        ..quick(kit.url())
    };
    let mut calls = in_flight_lists_of(ME, 0, &config);
    for _ in 0..2 {
        let called = calls.acknowledge_and_fetch(&[], 1);
        kit.assert(&format!("there is no job, got {called:?}"), called.is_ok());
    }
    add_in_flight(&kit, ME, "0", "default", "one");
    kit.command(&["DEL", &format!("sidepunch:state:{ME}")]);
    kit.command(&["SET", "queue:broken", "not a list"]);
    let result = calls.acknowledge_and_fetch(&[], 0);
    kit.assert(&format!("the call succeeds, got {result:?}"), result.is_ok());
    kit.assert_eq("the job is in its queue", kit.list("queue:default"), vec!["one"]);
}
