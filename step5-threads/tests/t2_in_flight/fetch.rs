//! A fetched job is in flight, in a list of its process.

use super::common::{endless, push_endless, run, run_at};
use crate::server::{begins, identity, in_flight, in_flight_lists_of, push, quick};

/// Invariant 1. Catches: `BRPOP`, which removes a job from Redis before it is finished; a list
/// whose name does not contain its process, or its queue.
#[test]
fn keeps_a_running_job_in_an_in_flight_list() {
    let kit = testkit::kit!();
    push_endless(&kit, 1, "default");
    let proxy = kit.proxy();
    let begun = run(&kit, &proxy, &["default"], 2);
    begins(&kit, &begun);
    kit.assert_eq("it has left its queue", kit.list("queue:default").len(), 0);
    let jobs = in_flight(&kit);
    kit.assert_eq("one job is in flight, in one list", jobs.len(), 1);
    kit.assert_eq(
        "the list contains the job, byte for byte",
        jobs[0].1.clone(),
        endless(1, "default"),
    );
    let rest = jobs[0]
        .0
        .strip_prefix(&format!("sidepunch:inflight:{}:", identity(&kit)));
    let queue = rest.and_then(|rest| rest.split_once(':')).map(|(_, queue)| queue);
    let sentence = format!(
        "the list is sidepunch:inflight:IDENTITY:THREAD:QUEUE, got {}",
        jobs[0].0
    );
    kit.assert(&sentence, queue == Some("default"));
}

/// Invariant 3: without a lease, no other process would ever recover the job. Catches: a fetch
/// without a lease.
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
        &format!("it ends after 5 s by Redis's clock, rounded up to a whole second, got {left}"),
        (1.0..=6.1).contains(&left),
    );
    let prefix = format!("sidepunch:inflight:{}:", leases[0].0);
    kit.assert(
        "this process has the job in flight",
        in_flight(&kit).iter().all(|(list, _)| list.starts_with(&prefix)),
    );
    // A later lease, because the first one may have been about to expire.
    kit.eventually("it is renewed", || {
        kit.query::<f64>(&["ZSCORE", "sidepunch:leases", &leases[0].0]) > leases[0].1
    });
}

/// There is no heartbeat in this test. Catches: a fetch that relies on the heartbeat; a lease that
/// is taken only once.
#[test]
fn takes_a_lease_with_a_fetch() {
    let kit = testkit::kit!();
    kit.command(&["ZADD", "sidepunch:leases", "1", "ended:1:abc"]);
    for (number, identity) in (0..).zip(["new:1:abc", "ended:1:abc"]) {
        push_endless(&kit, number, "default");
        let fetched = in_flight_lists_of(identity, 0, &quick(kit.url())).acknowledge_and_fetch(&[], 1);
        kit.assert(
            &format!("it fetches one job, got {fetched:?}"),
            fetched.is_ok_and(|fetched| fetched.jobs.len() == 1),
        );
        let lease: f64 = kit
            .query::<Option<f64>>(&["ZSCORE", "sidepunch:leases", identity])
            .unwrap_or_default();
        let time: (f64, f64) = kit.query(&["TIME"]);
        let left = lease - time.0 - time.1 / 1e6;
        kit.assert(
            &format!("{identity} has a lease of 5 s by Redis's clock, rounded up to a whole second, got {left}"),
            (1.0..=6.1).contains(&left),
        );
    }
}

/// A job that arrives while the server is idle is in flight like the others. Catches: a wait by
/// `BRPOP`.
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
    let mut jobs: Vec<_> = in_flight(&kit).into_iter().map(|(_, job)| job).collect();
    jobs.sort();
    kit.assert_eq(
        "both are in flight",
        jobs,
        vec![endless(1, "default"), endless(2, "urgent")],
    );
}

/// Catches: a fetch that ignores the order of the queues; a list that is named after the queue in
/// the payload.
#[test]
fn fetches_from_the_first_queue_first() {
    let kit = testkit::kit!();
    for number in 0..3 {
        push_endless(&kit, number, "low:x");
        push_endless(&kit, number + 10, "high é");
    }
    // The queue in its payload is not the queue that it is in.
    push(&kit, "high é", [endless(13, "low:x")]);
    let proxy = kit.proxy();
    let begun = run(&kit, &proxy, &["high é", "low:x"], 5);
    let mut numbers: Vec<u64> = (0..5).map(|_| begins(&kit, &begun)).collect();
    numbers.sort_unstable();
    kit.assert_eq(
        "all jobs of the first queue, and the oldest one of the second",
        numbers,
        vec![0, 10, 11, 12, 13],
    );
    let count_of = |queue: &str| -> usize {
        let jobs = in_flight(&kit).into_iter();
        jobs.filter(|(list, _)| list.ends_with(queue)).count()
    };
    kit.assert_eq("four jobs are in lists of the first queue", count_of(":high é"), 4);
    kit.assert_eq("and one is in a list of the second", count_of(":low:x"), 1);
}

/// Some Redis servers give a program only the permissions that it needs. Catches: a wait or a fetch
/// that fails because an optional command is refused.
#[test]
fn waits_without_permission_for_client_info() {
    let kit = testkit::kit!(own);
    let waits = || {
        let commands = kit.commands();
        commands.iter().filter(|command| command.starts_with("BLMOVE")).count()
    };
    for refused in ["-client", "-@dangerous"] {
        kit.command(&[
            "ACL", "SETUSER", "limited", "reset", "on", ">secret", "~*", "+@all", refused,
        ]);
        let proxy = kit.proxy();
        let url = proxy.url().replace("redis://", "redis://limited:secret@");
        let begun = run_at(&kit, url, &["default"], 1);
        kit.eventually("it waits for jobs", || kit.blocked() > 0);
        let before = waits();
        proxy.hang_up();
        // Another wait may have begun at the same moment.
        kit.eventually("it waits again after its connection was lost", || waits() > before + 1);
        push_endless(&kit, 1, "default");
        kit.assert_eq("a job is performed nevertheless", begins(&kit, &begun), 1);
    }
}

/// A full Redis must be emptied, otherwise it stays full. Catches: a fetch whose first write adds
/// data.
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
    kit.assert_eq("all jobs begin", numbers, vec![0, 1, 2]);
    kit.assert_eq("all are in flight", in_flight(&kit).len(), 3);
    kit.command(&["CONFIG", "SET", "maxmemory", "0"]);
}

/// Recovery finds a list only by the index. Some of these jobs are brought by a wait, each by that
/// of its queue. Catches: an index that only the first wait of a process adds to.
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
