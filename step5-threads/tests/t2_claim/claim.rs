//! A claimed job is in flight, in a list of its process.

use super::common::{begins, claims, in_flight, job, push, run};

/// Invariant 1. Kills: BRPOP, which forgets a job before it is done; a list that does not say whose it is, or which queue's.
#[test]
fn a_job_at_hand_is_in_a_list_of_its_process() {
    let kit = testkit::kit!();
    push(&kit, 1, "default");
    let running = run(&kit, kit.url(), &["default"], 2);
    begins(&kit, &running);
    kit.assert_eq("it has left its queue", kit.list("queue:default").len(), 0);
    let lists = in_flight(&kit);
    kit.assert_eq("one list holds jobs in flight", lists.len(), 1);
    kit.assert_eq(
        "it holds the job, byte for byte",
        lists[0].1.clone(),
        vec![job(1, "default")],
    );
    let processes: Vec<String> = kit.wait_for("the process is known", || {
        let processes: Vec<String> = kit.query(&["SMEMBERS", "processes"]);
        (!processes.is_empty()).then_some(processes)
    });
    let rest = lists[0].0.strip_prefix(&format!("inflight:{}:", processes[0]));
    let queue = rest.and_then(|rest| rest.split_once(':')).map(|(_, queue)| queue);
    let told = format!("the list is inflight:IDENTITY:THREAD:QUEUE, got {}", lists[0].0);
    kit.assert(&told, queue == Some("default"));
}

/// Invariant 3: without a lease nobody would ever look for what it holds. Kills: a claim that is known to nobody.
#[test]
fn whoever_holds_a_job_has_a_lease() {
    let kit = testkit::kit!();
    push(&kit, 1, "default");
    let running = run(&kit, kit.url(), &["default"], 1);
    begins(&kit, &running);
    let leases: Vec<(String, f64)> = kit.query(&["ZRANGE", "leases", "0", "-1", "WITHSCORES"]);
    kit.assert_eq("one process has a lease", leases.len(), 1);
    let time: (f64, f64) = kit.query(&["TIME"]);
    let left = leases[0].1 - time.0 - time.1 / 1e6;
    kit.assert(
        &format!("it ends within 5 s by Redis's clock, got {left}"),
        (1.0..=5.1).contains(&left),
    );
    let holder = format!("inflight:{}:", leases[0].0);
    kit.assert(
        "it is the one that holds the job",
        in_flight(&kit).iter().all(|(list, _)| list.starts_with(&holder)),
    );
    // A second one, as the first may have been about to end.
    kit.eventually("it is renewed", || {
        kit.query::<f64>(&["ZSCORE", "leases", &leases[0].0]) > leases[0].1
    });
}

/// No heart beats beside it. Kills: a claim that relies on the heartbeat, a lease that was given once and for all.
#[test]
fn a_claim_takes_a_lease_where_there_is_none() {
    let kit = testkit::kit!();
    kit.command(&["ZADD", "leases", "1", "ended:1:abc"]);
    for (number, identity) in (0..).zip(["new:1:abc", "ended:1:abc"]) {
        push(&kit, number, "default");
        let turn = claims(&kit.url(), identity).turn(&[], 1);
        kit.assert(
            &format!("it claims one, got {turn:?}"),
            turn.is_ok_and(|turn| turn.jobs.len() == 1),
        );
        let lease: f64 = kit
            .query::<Option<f64>>(&["ZSCORE", "leases", identity])
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
fn what_ends_a_wait_is_claimed() {
    let kit = testkit::kit!();
    let running = run(&kit, kit.url(), &["urgent", "default"], 2);
    kit.eventually("it waits for jobs in Redis", || kit.blocked() > 0);
    for (number, queue) in [(1, "default"), (2, "urgent")] {
        push(&kit, number, queue);
        kit.assert_eq("the job begins", begins(&kit, &running), number);
    }
    let mut held: Vec<_> = in_flight(&kit).into_iter().flat_map(|(_, jobs)| jobs).collect();
    held.sort();
    kit.assert_eq("both are in flight", held, vec![job(1, "default"), job(2, "urgent")]);
}

/// Kills: an order that the claims do not keep, a list that is named after what the payload says.
#[test]
fn the_first_queue_goes_before_all_others() {
    let kit = testkit::kit!();
    for number in 0..3 {
        push(&kit, number, "low:x");
        push(&kit, number + 10, "high é");
    }
    // What it says of its queue is not where it was.
    kit.lpush("queue:high é", &[job(13, "low:x").as_bytes()]);
    let running = run(&kit, kit.url(), &["high é", "low:x"], 5);
    let mut numbers: Vec<u64> = (0..5).map(|_| begins(&kit, &running)).collect();
    numbers.sort_unstable();
    kit.assert_eq(
        "all of the first, and the oldest of the second",
        numbers,
        vec![0, 10, 11, 12, 13],
    );
    let held = |queue: &str| -> usize {
        let lists = in_flight(&kit).into_iter().filter(|(list, _)| list.ends_with(queue));
        lists.map(|(_, jobs)| jobs.len()).sum()
    };
    kit.assert_eq("they are in lists of the first queue", held(":high é"), 4);
    kit.assert_eq("and of the second", held(":low:x"), 1);
}

/// Many a Redis lets programs do no more than they need. Kills: a wait or a turn that fails with what it only may do.
#[test]
fn who_may_ask_of_no_connection_waits_all_the_same() {
    let kit = testkit::kit!(own);
    for refused in ["-client", "-@dangerous"] {
        kit.command(&[
            "ACL", "SETUSER", "modest", "reset", "on", ">secret", "~*", "+@all", refused,
        ]);
        let proxy = kit.proxy();
        let url = proxy.url().replace("redis://", "redis://modest:secret@");
        let running = run(&kit, url, &["default"], 1);
        kit.eventually("it waits for jobs", || kit.blocked() > 0);
        proxy.hang_up();
        push(&kit, 1, "default");
        kit.assert_eq("a job is performed all the same", begins(&kit, &running), 1);
    }
}

/// Whoever is full must be emptied, or it stays full. Kills: a claim whose first write adds something.
#[test]
fn jobs_are_claimed_from_a_full_redis() {
    let kit = testkit::kit!(own);
    for number in 0..3 {
        push(&kit, number, "default");
    }
    kit.command(&["CONFIG", "SET", "maxmemory", "1"]);
    let running = run(&kit, kit.url(), &["default"], 3);
    let mut numbers: Vec<u64> = (0..3).map(|_| begins(&kit, &running)).collect();
    numbers.sort_unstable();
    kit.assert_eq("all are begun", numbers, vec![0, 1, 2]);
    let held: usize = in_flight(&kit).into_iter().map(|(_, jobs)| jobs.len()).sum();
    kit.assert_eq("and in flight", held, 3);
    kit.command(&["CONFIG", "SET", "maxmemory", "0"]);
}
