//! Rules that hold at each call, not only at the first one of a processor; `InFlight`, called by
//! hand.

use sidepunch::{Config, Decision, Error, InFlight, Outcome, Server, keys};
use testkit::Kit;

use crate::server::{
    ME, card, count, in_flight, in_flight_lists, in_flight_lists_of, job, processed, push, quick, start,
};
use crate::support::order;

/// Fetches this many jobs, acknowledges those of the call before, and returns the queues of the new
/// ones.
#[track_caller]
fn fetch(kit: &Kit, calls: &mut InFlight, want: usize) -> Vec<String> {
    match calls.acknowledge_and_fetch(&[], want) {
        Ok(fetched) => fetched.jobs.iter().map(|job| job.queue.to_string()).collect(),
        Err(error) => kit.fail(&format!("Redis is there, got {error}")),
    }
}

#[track_caller]
fn assert_lease(kit: &Kit) {
    let lease: Option<f64> = kit.query(&["ZSCORE", "sidepunch:leases", ME]);
    let (now, _): (f64, f64) = kit.query(&["TIME"]);
    kit.assert(
        &format!("the process has a lease that ends after {now}, got {lease:?}"),
        lease.is_some_and(|end| end > now),
    );
}

/// A suspended process has lost its lease, and the others have not noticed yet. Catches: a lease
/// that only the first fetch takes.
#[test]
fn takes_a_lease_at_each_fetch_that_finds_none() {
    let kit = testkit::kit!();
    push(&kit, "default", (0..3).map(|number| job(number, &[])));
    let mut calls = in_flight_lists(kit.url());
    for _ in 0..3 {
        kit.assert_eq("a job is fetched", fetch(&kit, &mut calls, 1).len(), 1);
        assert_lease(&kit);
        kit.command(&["ZADD", "sidepunch:leases", "1", ME]);
    }
}

/// Recovery finds a job only by the index. Catches: an index that only the first fetch adds to; one
/// that is kept in memory, and does not return after another process has recovered and forgotten
/// this one; a lease that does not return then.
#[test]
fn adds_each_list_to_the_index_of_the_process() {
    let kit = testkit::kit!();
    let config = Config {
        queues: order(&["first", "second"]),
        ..quick(kit.url())
    };
    let mut calls = in_flight_lists_of(ME, 0, &config);
    let index = format!("sidepunch:lists:{ME}");
    for queue in ["first", "second", "first", "second"] {
        push(&kit, queue, [job(1, &[])]);
        kit.assert_eq("the job is fetched", fetch(&kit, &mut calls, 1), vec![queue]);
        let lists: Vec<String> = kit.query(&["SMEMBERS", &index]);
        let list = format!("sidepunch:inflight:{ME}:0:{queue}");
        kit.assert(&format!("the index names {list}, got {lists:?}"), lists.contains(&list));
        assert_lease(&kit);
        if queue == "second" {
            let state = format!("sidepunch:state:{ME}");
            kit.command(&["DEL", &index, &state, &list]);
            kit.command(&["ZREM", "sidepunch:leases", ME]);
        }
    }
}

/// Each queue has 40 jobs, so that 40 fetches take all from one queue if the order never changes;
/// by chance they do so once in 500 billion runs. Catches: an order that is drawn once for a
/// processor; weights that a fetch does not use.
#[test]
fn draws_the_order_of_weighted_queues_for_each_fetch() {
    let kit = testkit::kit!();
    for queue in ["one", "other"] {
        push(&kit, queue, (0..40).map(|number| job(number, &[])));
    }
    let config = Config {
        queues: order(&["one,1", "other,1"]),
        ..quick(kit.url())
    };
    let mut calls = in_flight_lists_of(ME, 0, &config);
    let mut fetched: Vec<String> = (0..40).flat_map(|_| fetch(&kit, &mut calls, 1)).collect();
    kit.assert_eq("each call fetches a job", fetched.len(), 40);
    fetched.sort_unstable();
    fetched.dedup();
    kit.assert_eq("the jobs come from both queues", fetched, vec!["one", "other"]);
}

/// Two calls, of which the second acknowledges four jobs that succeeded and two that failed.
/// Catches: a counter of the day that counts something else than its total, or is kept forever; a
/// total that expires; failures that a call counts once.
#[test]
fn counts_each_job_in_all_four_counters() {
    let kit = testkit::kit!();
    let config = Config {
        concurrency: 1,
        batch: 1,
        ..quick(kit.url())
    };
    let running = start(&kit, config);
    let day_counts = |counter: &str| -> u64 {
        // Two keys, if it is midnight.
        let days = kit
            .keys()
            .into_iter()
            .filter(|key| key.starts_with(&format!("{counter}:")));
        days.map(|day| {
            let left: i64 = kit.query(&["TTL", &day]);
            kit.assert(
                &format!("{day} expires after five years (157,680,000 s), got {left}"),
                (157_679_000..=157_680_000).contains(&left),
            );
            count(&kit, &day)
        })
        .sum()
    };
    push(&kit, "default", (0..4).map(|number| job(number, &[])));
    kit.eventually("four jobs are counted", || processed(&kit) == 4);
    kit.assert_eq("of this day, too", day_counts("stat:processed"), 4);
    kit.assert_eq("no failure is counted", count(&kit, "stat:failed"), 0);
    kit.assert_eq("nor one of this day", day_counts("stat:failed"), 0);
    push(&kit, "default", (4..7).map(|number| job(number, &["fail"])));
    kit.eventually("three failures are counted as processed", || processed(&kit) == 7);
    kit.assert_eq("of this day, too", day_counts("stat:processed"), 7);
    kit.assert_eq("three are counted as failures", count(&kit, "stat:failed"), 3);
    kit.assert_eq("of this day, too", day_counts("stat:failed"), 3);
    for total in ["stat:processed", "stat:failed"] {
        kit.assert_eq(
            &format!("{total} is kept forever"),
            kit.query::<i64>(&["TTL", total]),
            -1,
        );
    }
    running.stop();
}

/// Only people read the counters. Catches: a call that reads a counter before it moves a job, or
/// ends with an error there.
#[test]
fn acknowledges_jobs_beside_counters_of_another_type() {
    let kit = testkit::kit!();
    let now = testkit::epoch_seconds();
    for counter in [keys::PROCESSED, keys::FAILED] {
        for day in [now, now + 60.0] {
            kit.command(&["SADD", &keys::daily_stat(counter, day), "not a number"]);
        }
        kit.command(&["SADD", counter, "not a number"]);
    }
    push(&kit, "default", (0..3).map(|number| job(number, &[])));
    let mut calls = in_flight_lists(kit.url());
    let jobs = calls.acknowledge_and_fetch(&[], 3).expect("three jobs").jobs;
    let (payload, at) = (b"as it is kept".to_vec(), 1_795_454_181.5);
    let outcomes = [
        (jobs[0].clone(), Outcome::Failed(Decision::Retry { payload, at })),
        (jobs[1].clone(), Outcome::Requeued),
    ];
    let result = calls.acknowledge_and_fetch(&outcomes, 0);
    kit.assert(&format!("the call succeeds, got {result:?}"), result.is_ok());
    kit.assert_eq("one job waits in `retry`", card(&kit, "retry"), 1);
    kit.assert_eq("one is in its queue", kit.list("queue:default").len(), 1);
    kit.assert_eq("none is in flight", in_flight(&kit).len(), 0);
}

/// Catches: a batch of 0 that is still valid, although nothing would ever be fetched; an error that
/// recommends it.
#[test]
fn rejects_a_batch_of_zero() {
    let kit = testkit::kit!();
    let config = |batch| Config {
        batch,
        ..quick(kit.url())
    };
    let running = start(&kit, config(1));
    push(&kit, "default", [job(1, &[])]);
    kit.eventually("the job is performed, with a batch of 1", || processed(&kit) == 1);
    running.stop();
    let error = Server::new(config(0)).err();
    kit.assert(
        &format!("the error is Error::InvalidConfig, got {error:?}"),
        matches!(error, Some(Error::InvalidConfig { field: "batch", .. })),
    );
    let text = error.map(|error| error.to_string()).unwrap_or_default();
    kit.assert(
        &format!("its text does not allow a batch of 0: {text}"),
        !text.contains("0 to 1,000"),
    );
}

/// The keys of a call are in the order that was drawn for it. Catches: an outcome, or a fetched job,
/// whose queue has its number from the settings, so that a failed job counts as succeeded.
#[test]
fn stores_failed_jobs_of_weighted_queues() {
    let kit = testkit::kit!();
    let config = Config {
        queues: order(&["one,1", "other,1"]),
        ..quick(kit.url())
    };
    let mut calls = in_flight_lists_of(ME, 0, &config);
    for number in 1..=20 {
        push(&kit, "other", [job(number as u64, &[])]);
        let jobs = calls.acknowledge_and_fetch(&[], 1).expect("one job").jobs;
        kit.assert_eq("the job names its queue", &*jobs[0].queue, "other");
        let payload = format!("as it is kept, {number}").into_bytes();
        let outcome = Outcome::Failed(Decision::Retry { payload, at: 1.5 });
        let result = calls.acknowledge_and_fetch(&[(jobs[0].clone(), outcome)], 0);
        kit.assert(&format!("the call succeeds, got {result:?}"), result.is_ok());
        kit.assert_eq("each failed job is in `retry`", card(&kit, "retry"), number);
    }
}
