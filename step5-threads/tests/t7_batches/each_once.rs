//! Each job of a batch ends once, whatever happens to the batch.

use std::time::Duration;

use serde_json::Value;
use sidepunch::{Decision, Outcome};

use super::common::{once, quick_job, run};
use crate::server::{card, claims, failed, in_flight, processed, push};

/// Kills: a batch that loses its end, or performs it twice; a failure that is taken for another job's.
#[test]
fn performs_each_job_of_a_batch_once() {
    let kit = testkit::kit!();
    let fails = |number: &u64| matches!(number % 100, 7 | 9);
    let job = |number| once(number, if fails(&number) { &["fail"] } else { &[] });
    push(&kit, "low", (5_000..10_000).map(job));
    push(&kit, "high", (0..5_000).map(job));
    let running = run(&kit, kit.url(), &["high", "low"], 3);
    kit.eventually("all are counted", || processed(&kit) == 10_000);
    let mut all: Vec<u64> = running.begun.try_iter().collect();
    all.sort_unstable();
    kit.assert_eq("each was performed once", all.len(), 10_000);
    all.dedup();
    kit.assert_eq("none twice", all.len(), 10_000);
    kit.assert_eq("each failure is counted", failed(&kit), 200);
    let dead: Vec<String> = kit.query(&["ZRANGE", "dead", "0", "-1"]);
    let dead = dead.iter().map(|job| serde_json::from_str(job).unwrap_or_default());
    let mut dead: Vec<u64> = dead.filter_map(|job: Value| job["args"][0].as_u64()).collect();
    dead.sort_unstable();
    kit.assert_eq(
        "those that failed are dead",
        dead,
        (0..10_000).filter(fails).collect::<Vec<_>>(),
    );
    kit.assert_eq("nothing is in flight any more", in_flight(&kit).len(), 0);
    running.stop();
}

/// Where a process keeps the numbers of its calls.
const STATE: &str = "sidepunch:state:me:1:abc";

/// What Redis holds may be older than what it knew: here, from before a part of the batch went back. Kills: a batch that keeps
/// its number though a part of it went back; the part is in its list again, and would be taken for done.
#[test]
fn requeues_a_swept_batch_after_redis_rolls_back() {
    let kit = testkit::kit!();
    push(&kit, "default", (0..3).map(quick_job));
    let mut claims = claims(kit.url());
    let jobs = claims.acknowledge_and_fetch(&[], 3).expect("three jobs").jobs;
    let list = "sidepunch:inflight:me:1:abc:0:default";
    let (number, batch): (String, _) = (kit.query(&["HGET", STATE, "sequence:0"]), kit.list(list));
    let fates = [
        (jobs[2].clone(), Outcome::Requeued),
        (jobs[1].clone(), Outcome::Requeued),
        (jobs[0].clone(), Outcome::StillRunning),
    ];
    kit.assert("two go back", claims.acknowledge_and_fetch(&fates, 0).is_ok());

    kit.command(&["DEL", "queue:default", list]);
    kit.command(&["HSET", STATE, "sequence:0", &number]);
    for job in batch.iter().rev() {
        kit.command(&["LPUSH", list, job]);
    }
    let turn = claims.acknowledge_and_fetch(&[], 0);
    kit.assert(&format!("the first one has ended, got {turn:?}"), turn.is_ok());
    kit.assert_eq("nobody performed the others, and none counts", processed(&kit), 0);
    let queue: Vec<String> = (0..3).rev().map(quick_job).collect();
    kit.assert_eq("all are in their queue", kit.list("queue:default"), queue);
}

/// A script is not undone when a command in it fails. Kills: a counter that refuses to count, and takes the rest of the turn
/// with it.
#[test]
fn tolerates_a_counter_that_cannot_be_incremented() {
    let kit = testkit::kit!();
    for counter in ["stat:processed", "stat:failed"] {
        kit.command(&["SET", counter, "9223372036854775807"]);
    }
    push(&kit, "default", (0..4).map(quick_job));
    let mut claims = claims(kit.url());
    let jobs = claims.acknowledge_and_fetch(&[], 4).expect("four jobs").jobs;
    let decision = Decision::Dead(b"kept".to_vec());
    let fates = [
        (jobs[1].clone(), Outcome::Failed(decision)),
        (jobs[3].clone(), Outcome::Requeued),
        (jobs[2].clone(), Outcome::StillRunning),
    ];
    let turn = claims.acknowledge_and_fetch(&fates, 0);
    kit.assert(&format!("the turn goes well, got {turn:?}"), turn.is_ok());
    kit.assert_eq("the one that failed is kept", card(&kit, "dead"), 1);
    kit.assert_eq(
        "the one that runs is in flight",
        kit.list("sidepunch:inflight:me:1:abc:0:default"),
        vec![quick_job(2)],
    );
    kit.assert_eq(
        "the one that was not begun is in its queue",
        kit.list("queue:default"),
        vec![quick_job(3)],
    );
}

/// Whoever writes into `recovered` what is no number must not cost the job. Kills: to compare it after the job was popped.
#[test]
fn tolerates_a_non_numeric_crash_count() {
    let kit = testkit::kit!();
    push(&kit, "default", (0..1).map(quick_job));
    kit.command(&["HSET", "sidepunch:crashes", &quick_job(0), "many"]);
    let turn = claims(kit.url()).acknowledge_and_fetch(&[], 1);
    kit.assert(
        &format!("the job is claimed, got {turn:?}"),
        turn.is_ok_and(|turn| turn.jobs.len() == 1),
    );
}

/// Invariant 2, for many at once. Kills: an order that is turned round, in the answer or in the list; the next ones instead of
/// those that were claimed; nothing, since meanwhile no other is to be begun.
#[test]
fn returns_the_whole_batch_after_a_lost_reply() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    push(&kit, "default", (0..5).map(quick_job));
    let mut claims = claims(proxy.url());
    kit.assert(
        "a turn may claim nothing",
        claims
            .acknowledge_and_fetch(&[], 0)
            .is_ok_and(|turn| turn.jobs.is_empty()),
    );
    proxy.cut_after_request("sidepunch:inflight:");
    // It may ask again by itself.
    let turn = claims
        .acknowledge_and_fetch(&[], 3)
        .or_else(|_| claims.acknowledge_and_fetch(&[], 0));
    kit.assert("the answer was lost", proxy.fired());
    let told = format!("then it is there, got {turn:?}");
    let claimed: Vec<_> = turn.map_or_else(|_| Vec::new(), |turn| turn.jobs);
    let claimed: Vec<_> = claimed
        .iter()
        .map(|job| String::from_utf8_lossy(&job.payload))
        .collect();
    kit.assert_eq(&told, claimed, vec![quick_job(0), quick_job(1), quick_job(2)]);
    kit.assert_eq(
        "in the list the last one is the first, as they would go back",
        kit.list("sidepunch:inflight:me:1:abc:0:default"),
        vec![quick_job(2), quick_job(1), quick_job(0)],
    );
    kit.assert_eq("two are in their queue", kit.list("queue:default").len(), 2);
}

/// Payloads from elsewhere may be equal; each is a job. Kills: a removal of all that are equal, a failure that settles the
/// whole batch.
#[test]
fn handles_equal_payloads_as_separate_jobs() {
    let kit = testkit::kit!();
    let payload = quick_job(0);
    push(&kit, "default", [0; 4].map(quick_job));
    let mut claims = claims(kit.url());
    let claimed = kit.within(Duration::from_secs(10), "two turns end", move || {
        let jobs = claims.acknowledge_and_fetch(&[], 4)?.jobs;
        let (payload, at) = (b"as it is kept".to_vec(), 1_795_454_181.5);
        let fates = [Outcome::Failed(Decision::Retry { payload, at }), Outcome::Requeued];
        let fates: Vec<_> = jobs.iter().cloned().zip(fates).collect();
        claims.acknowledge_and_fetch(&fates, 0).map(|_| jobs.len())
    });
    kit.assert(
        &format!("four are claimed, got {claimed:?}"),
        claimed.is_ok_and(|jobs| jobs == 4),
    );
    kit.assert_eq("one has failed", card(&kit, "retry"), 1);
    kit.assert_eq("one is back", kit.list("queue:default"), vec![payload]);
    kit.assert_eq("the failed one and two that were done are counted", processed(&kit), 3);
    kit.assert_eq("and one failure", failed(&kit), 1);
    kit.assert_eq("nothing is in flight any more", in_flight(&kit).len(), 0);
}
