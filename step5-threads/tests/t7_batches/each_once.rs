//! Each job of a batch ends once, whatever happens to the batch.

use std::time::Duration;

use serde_json::Value;
use sidepunch::{Config, Decision, Outcome};

use super::common::{once, quick_job, run};
use crate::server::{ME, card, failed, in_flight, in_flight_lists, in_flight_lists_of, processed, push, quick};
use crate::support::order;

/// Catches: a batch that loses its last jobs, or performs them twice; a failure that is recorded
/// for another job.
#[test]
fn performs_each_job_of_a_batch_once() {
    let kit = testkit::kit!();
    let fails = |number: &u64| matches!(number % 100, 7 | 9);
    let job = |number| once(number, if fails(&number) { &["fail"] } else { &[] });
    push(&kit, "low", (5_000..10_000).map(job));
    push(&kit, "high", (0..5_000).map(job));
    let running = run(&kit, kit.url(), &["high", "low"], 3);
    kit.eventually("all jobs are counted", || processed(&kit) == 10_000);
    let mut all: Vec<u64> = running.begun.try_iter().collect();
    all.sort_unstable();
    kit.assert_eq("each job was performed once", all.len(), 10_000);
    all.dedup();
    kit.assert_eq("no job was performed twice", all.len(), 10_000);
    kit.assert_eq("each failure is counted", failed(&kit), 200);
    let dead: Vec<String> = kit.query(&["ZRANGE", "dead", "0", "-1"]);
    let dead = dead.iter().map(|job| serde_json::from_str(job).unwrap_or_default());
    let mut dead: Vec<u64> = dead.filter_map(|job: Value| job["args"][0].as_u64()).collect();
    dead.sort_unstable();
    kit.assert_eq(
        "the failed jobs are in `dead`",
        dead,
        (0..10_000).filter(fails).collect::<Vec<_>>(),
    );
    kit.assert_eq("nothing is in flight any more", in_flight(&kit).len(), 0);
    running.stop();
}

/// The key with the sequence numbers of a process.
const STATE: &str = "sidepunch:state:me:1:abc";

/// The data in Redis may be older than the last call: here it is from before a part of the batch
/// was requeued. Catches: a batch that keeps its sequence number although a part of it was
/// requeued, so that this part, which is in its list again, is taken for succeeded.
#[test]
fn requeues_a_swept_batch_after_redis_rolls_back() {
    let kit = testkit::kit!();
    push(&kit, "default", (0..3).map(quick_job));
    let mut lists = in_flight_lists(kit.url());
    let jobs = lists.acknowledge_and_fetch(&[], 3).expect("three jobs").jobs;
    let list = "sidepunch:inflight:me:1:abc:0:default";
    let (number, batch): (String, _) = (kit.query(&["HGET", STATE, "sequence:0"]), kit.list(list));
    let outcomes = [
        (jobs[2].clone(), Outcome::Requeued),
        (jobs[1].clone(), Outcome::Requeued),
        (jobs[0].clone(), Outcome::StillRunning),
    ];
    kit.assert(
        "two jobs are requeued",
        lists.acknowledge_and_fetch(&outcomes, 0).is_ok(),
    );

    kit.command(&["DEL", "queue:default", list]);
    kit.command(&["HSET", STATE, "sequence:0", &number]);
    for job in batch.iter().rev() {
        kit.command(&["LPUSH", list, job]);
    }
    let result = lists.acknowledge_and_fetch(&[], 0);
    kit.assert(
        &format!("the first job is acknowledged, got {result:?}"),
        result.is_ok(),
    );
    kit.assert_eq(
        "no job is counted, because the others were not performed",
        processed(&kit),
        0,
    );
    let queue: Vec<String> = (0..3).rev().map(quick_job).collect();
    kit.assert_eq("all jobs are in their queue", kit.list("queue:default"), queue);
}

/// A script is not rolled back when a command in it fails. Catches: a counter that cannot be
/// incremented, and that ends the rest of the call.
#[test]
fn tolerates_a_counter_that_cannot_be_incremented() {
    let kit = testkit::kit!();
    for counter in ["stat:processed", "stat:failed"] {
        kit.command(&["SET", counter, "9223372036854775807"]);
    }
    push(&kit, "default", (0..4).map(quick_job));
    let mut lists = in_flight_lists(kit.url());
    let jobs = lists.acknowledge_and_fetch(&[], 4).expect("four jobs").jobs;
    let decision = Decision::Dead(b"kept".to_vec());
    let outcomes = [
        (jobs[1].clone(), Outcome::Failed(decision)),
        (jobs[3].clone(), Outcome::Requeued),
        (jobs[2].clone(), Outcome::StillRunning),
    ];
    let result = lists.acknowledge_and_fetch(&outcomes, 0);
    kit.assert(&format!("the call succeeds, got {result:?}"), result.is_ok());
    kit.assert_eq("the failed job is in `dead`", card(&kit, "dead"), 1);
    kit.assert_eq(
        "the running job is in flight",
        kit.list("sidepunch:inflight:me:1:abc:0:default"),
        vec![quick_job(2)],
    );
    kit.assert_eq(
        "the job that has not started is in its queue",
        kit.list("queue:default"),
        vec![quick_job(3)],
    );
}

/// If another program writes text into the crash counts, the job must not be lost. Catches: a
/// comparison after the job was popped.
#[test]
fn tolerates_a_non_numeric_crash_count() {
    let kit = testkit::kit!();
    push(&kit, "default", (0..1).map(quick_job));
    kit.command(&["HSET", "sidepunch:crashes", &quick_job(0), "many"]);
    let fetched = in_flight_lists(kit.url()).acknowledge_and_fetch(&[], 1);
    kit.assert(
        &format!("the job is fetched, got {fetched:?}"),
        fetched.is_ok_and(|fetched| fetched.jobs.len() == 1),
    );
}

/// Invariant 2, for many jobs at once. Catches: an order that is reversed, in the reply or in the
/// list; the next jobs instead of those that were fetched; no job at all, because the repeated call
/// is not allowed to fetch others.
#[test]
fn returns_the_whole_batch_after_a_lost_reply() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    push(&kit, "default", (0..5).map(quick_job));
    let mut lists = in_flight_lists(proxy.url());
    kit.assert(
        "a call may fetch nothing",
        lists
            .acknowledge_and_fetch(&[], 0)
            .is_ok_and(|fetched| fetched.jobs.is_empty()),
    );
    proxy.cut_after_request("sidepunch:inflight:");
    // A solution may repeat the call itself.
    let fetched = lists
        .acknowledge_and_fetch(&[], 3)
        .or_else(|_| lists.acknowledge_and_fetch(&[], 0));
    kit.assert("the reply was lost", proxy.fired());
    let sentence = format!("the repeated call returns the batch, got {fetched:?}");
    let jobs: Vec<_> = fetched.map_or_else(|_| Vec::new(), |fetched| fetched.jobs);
    let jobs: Vec<_> = jobs.iter().map(|job| String::from_utf8_lossy(&job.payload)).collect();
    kit.assert_eq(&sentence, jobs, vec![quick_job(0), quick_job(1), quick_job(2)]);
    kit.assert_eq(
        "the list contains them in reverse order, as they would be requeued",
        kit.list("sidepunch:inflight:me:1:abc:0:default"),
        vec![quick_job(2), quick_job(1), quick_job(0)],
    );
    kit.assert_eq("two jobs are in their queue", kit.list("queue:default").len(), 2);
}

/// Catches: a repeated call that returns the jobs of one queue only, so that the others count as
/// succeeded with the next call.
#[test]
fn returns_the_jobs_of_all_queues_after_a_lost_reply() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let config = Config {
        queues: order(&["first", "second", "third"]),
        ..quick(proxy.url())
    };
    for (queue, number) in [("first", 0), ("third", 1)] {
        push(&kit, queue, [quick_job(number)]);
    }
    let mut lists = in_flight_lists_of(ME, 0, &config);
    kit.assert("a call may fetch nothing", lists.acknowledge_and_fetch(&[], 0).is_ok());
    proxy.cut_after_request("sidepunch:inflight:");
    // A solution may repeat the call itself.
    let fetched = lists
        .acknowledge_and_fetch(&[], 3)
        .or_else(|_| lists.acknowledge_and_fetch(&[], 0));
    kit.assert("the reply was lost", proxy.fired());
    let sentence = format!("the repeated call returns both jobs, got {fetched:?}");
    let jobs: Vec<_> = fetched.map_or_else(|_| Vec::new(), |fetched| fetched.jobs);
    let jobs: Vec<_> = jobs.iter().map(|job| (&*job.queue, job.payload.clone())).collect();
    let expected = [("first", 0), ("third", 1)].map(|(queue, number)| (queue, quick_job(number).into_bytes()));
    kit.assert_eq(&sentence, jobs, expected.to_vec());
}

/// Payloads of other programs may be equal, and each is a job. Catches: a command that removes all
/// equal jobs; a failure that acknowledges the whole batch.
#[test]
fn handles_equal_payloads_as_separate_jobs() {
    let kit = testkit::kit!();
    let payload = quick_job(0);
    push(&kit, "default", [0; 4].map(quick_job));
    let mut lists = in_flight_lists(kit.url());
    let fetched = kit.within(Duration::from_secs(10), "two calls return", move || {
        let jobs = lists.acknowledge_and_fetch(&[], 4)?.jobs;
        let (payload, at) = (b"as it is kept".to_vec(), 1_795_454_181.5);
        let outcomes = [Outcome::Failed(Decision::Retry { payload, at }), Outcome::Requeued];
        let outcomes: Vec<_> = jobs.iter().cloned().zip(outcomes).collect();
        lists.acknowledge_and_fetch(&outcomes, 0).map(|_| jobs.len())
    });
    kit.assert(
        &format!("four jobs are fetched, got {fetched:?}"),
        fetched.is_ok_and(|jobs| jobs == 4),
    );
    kit.assert_eq("one job is in `retry`", card(&kit, "retry"), 1);
    kit.assert_eq("one job is requeued", kit.list("queue:default"), vec![payload]);
    kit.assert_eq("the failed job and two that succeeded are counted", processed(&kit), 3);
    kit.assert_eq("one failure is counted", failed(&kit), 1);
    kit.assert_eq("nothing is in flight any more", in_flight(&kit).len(), 0);
}
