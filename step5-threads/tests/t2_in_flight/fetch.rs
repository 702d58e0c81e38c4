//! A claimed job is in flight, in a list of its process.

use super::common::{endless, push_endless, run, run_at};
use crate::server::{begins, claims_of, identity, in_flight, push, quick};

/// Invariant 1. Kills: BRPOP, which forgets a job before it is done; a list that does not say whose it is, or which queue's.
#[test]
fn keeps_a_running_job_in_an_in_flight_list() {
    let kit = testkit::kit!();
    push_endless(&kit, 1, "default");
    let proxy = kit.proxy();
    let begun = run(&kit, &proxy, &["default"], 2);
    begins(&kit, &begun);
    kit.assert_eq("it has left its queue", kit.list("queue:default").len(), 0);
    let held = in_flight(&kit);
    kit.assert_eq("one job is in flight, in one list", held.len(), 1);
    kit.assert_eq(
        "it holds the job, byte for byte",
        held[0].1.clone(),
        endless(1, "default"),
    );
    let rest = held[0]
        .0
        .strip_prefix(&format!("sidepunch:inflight:{}:", identity(&kit)));
    let queue = rest.and_then(|rest| rest.split_once(':')).map(|(_, queue)| queue);
    let told = format!(
        "the list is sidepunch:inflight:IDENTITY:THREAD:QUEUE, got {}",
        held[0].0
    );
    kit.assert(&told, queue == Some("default"));
}

/// Invariant 3: without a lease nobody would ever look for what it holds. Kills: a claim that is known to nobody.
#[test]
fn holds_a_lease_while_a_job_is_in_flight() {
    let kit = testkit::kit!();
    push_endless(&kit, 1, "default");
    let proxy = kit.proxy();
    let begun = run(&kit, &proxy, &["default"], 1);
    begins(&kit, &begun);
    let leases: Vec<(String, f64)> = kit.query(&["ZRANGE", "sidepunch:leases", "0", "-1", "WITHSCORES"]);
    kit.assert_eq("one process has a lease", leases.len(), 1);
    let time: (f64, f64) = kit.query(&["TIME"]);
    let left = leases[0].1 - time.0 - time.1 / 1e6;
    kit.assert(
        &format!("it ends within 5 s by Redis's clock, got {left}"),
        (1.0..=5.1).contains(&left),
    );
    let holder = format!("sidepunch:inflight:{}:", leases[0].0);
    kit.assert(
        "it is the one that holds the job",
        in_flight(&kit).iter().all(|(list, _)| list.starts_with(&holder)),
    );
    // A second one, as the first may have been about to end.
    kit.eventually("it is renewed", || {
        kit.query::<f64>(&["ZSCORE", "sidepunch:leases", &leases[0].0]) > leases[0].1
    });
}

/// No heart beats beside it. Kills: a claim that relies on the heartbeat, a lease that was given once and for all.
#[test]
fn takes_a_lease_with_a_fetch() {
    let kit = testkit::kit!();
    kit.command(&["ZADD", "sidepunch:leases", "1", "ended:1:abc"]);
    for (number, identity) in (0..).zip(["new:1:abc", "ended:1:abc"]) {
        push_endless(&kit, number, "default");
        let turn = claims_of(identity, 0, &quick(kit.url())).acknowledge_and_fetch(&[], 1);
        kit.assert(
            &format!("it claims one, got {turn:?}"),
            turn.is_ok_and(|turn| turn.jobs.len() == 1),
        );
        let lease: f64 = kit
            .query::<Option<f64>>(&["ZSCORE", "sidepunch:leases", identity])
            .unwrap_or_default();
        let time: (f64, f64) = kit.query(&["TIME"]);
        let left = lease - time.0 - time.1 / 1e6;
        kit.assert(
            &format!("{identity} has a lease of 5 s by Redis's clock, got {left}"),
            (1.0..=5.1).contains(&left),
        );
    }
}

/// A job that came while the server had nothing to do is claimed like the others. Kills: a wait by BRPOP.
#[test]
fn moves_the_job_of_a_wait_to_an_in_flight_list() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let begun = run(&kit, &proxy, &["urgent", "default"], 2);
    kit.eventually("it waits for jobs in Redis", || kit.blocked() > 0);
    for (number, queue) in [(1, "default"), (2, "urgent")] {
        push_endless(&kit, number, queue);
        kit.assert_eq("the job begins", begins(&kit, &begun), number);
    }
    let mut held: Vec<_> = in_flight(&kit).into_iter().map(|(_, job)| job).collect();
    held.sort();
    kit.assert_eq(
        "both are in flight",
        held,
        vec![endless(1, "default"), endless(2, "urgent")],
    );
}

/// Kills: an order that the claims do not keep, a list that is named after what the payload says.
#[test]
fn fetches_from_the_first_queue_first() {
    let kit = testkit::kit!();
    for number in 0..3 {
        push_endless(&kit, number, "low:x");
        push_endless(&kit, number + 10, "high é");
    }
    // What it says of its queue is not where it was.
    push(&kit, "high é", [endless(13, "low:x")]);
    let proxy = kit.proxy();
    let begun = run(&kit, &proxy, &["high é", "low:x"], 5);
    let mut numbers: Vec<u64> = (0..5).map(|_| begins(&kit, &begun)).collect();
    numbers.sort_unstable();
    kit.assert_eq(
        "all of the first, and the oldest of the second",
        numbers,
        vec![0, 10, 11, 12, 13],
    );
    let held = |queue: &str| -> usize {
        let held = in_flight(&kit).into_iter();
        held.filter(|(list, _)| list.ends_with(queue)).count()
    };
    kit.assert_eq("they are in lists of the first queue", held(":high é"), 4);
    kit.assert_eq("and of the second", held(":low:x"), 1);
}

/// Many a Redis lets programs do no more than they need. Kills: a wait or a turn that fails with what it only may do.
#[test]
fn waits_without_permission_for_client_info() {
    let kit = testkit::kit!(own);
    let waits = || {
        let commands = kit.commands();
        commands.iter().filter(|command| command.starts_with("BLMOVE")).count()
    };
    for refused in ["-client", "-@dangerous"] {
        kit.command(&[
            "ACL", "SETUSER", "modest", "reset", "on", ">secret", "~*", "+@all", refused,
        ]);
        let proxy = kit.proxy();
        let url = proxy.url().replace("redis://", "redis://modest:secret@");
        let begun = run_at(&kit, url, &["default"], 1);
        kit.eventually("it waits for jobs", || kit.blocked() > 0);
        let before = waits();
        proxy.hang_up();
        // One may have begun at the same moment.
        kit.eventually("it waits again after its connection was lost", || waits() > before + 1);
        push_endless(&kit, 1, "default");
        kit.assert_eq("a job is performed all the same", begins(&kit, &begun), 1);
    }
}

/// Whoever is full must be emptied, or it stays full. Kills: a claim whose first write adds something.
#[test]
fn fetches_jobs_from_a_full_redis() {
    let kit = testkit::kit!(own);
    for number in 0..3 {
        push_endless(&kit, number, "default");
    }
    kit.command(&["CONFIG", "SET", "maxmemory", "1"]);
    let proxy = kit.proxy();
    let begun = run(&kit, &proxy, &["default"], 3);
    let mut numbers: Vec<u64> = (0..3).map(|_| begins(&kit, &begun)).collect();
    numbers.sort_unstable();
    kit.assert_eq("all are begun", numbers, vec![0, 1, 2]);
    kit.assert_eq("and in flight", in_flight(&kit).len(), 3);
    kit.command(&["CONFIG", "SET", "maxmemory", "0"]);
}

/// Recovery finds a list only by the index. Some of these jobs are brought by a wait, each by that of its queue. Catches: an index
/// that only the first wait of a process adds to.
#[test]
fn each_list_in_flight_is_in_the_index() {
    let kit = testkit::kit!();
    let queues = ["first", "second", "third"];
    let proxy = kit.proxy();
    let begun = run(&kit, &proxy, &queues, queues.len());
    let index = format!("sidepunch:lists:{}", identity(&kit));
    for (number, queue) in (1..).zip(queues) {
        kit.eventually("each queue is waited for", || kit.blocked() == queues.len());
        push_endless(&kit, number, queue);
        kit.assert_eq("the job begins", begins(&kit, &begun), number);
        for (list, _) in in_flight(&kit) {
            let is_member: bool = kit.query(&["SISMEMBER", &index, &list]);
            kit.assert(&format!("{list} is in {index}"), is_member);
        }
    }
    kit.assert_eq("all jobs are in flight", in_flight(&kit).len(), queues.len());
}
