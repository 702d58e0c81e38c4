//! Each end of a job is counted, once.

use serde_json::json;
use sidepunch::{Decision, Outcome, keys};

use super::common::{failure, run};
use crate::server::{
    begins, card, count, failed, in_flight, in_flight_lists, job, job_with, keys_with, processed, push,
};

/// Invariant 1, and Sidekiq's Web UI shows the counts. Catches: a job that stays in flight; a
/// missing count; a day in local time; a day counter that does not expire.
#[test]
fn removes_and_counts_a_finished_job() {
    let kit = testkit::kit!();
    let running = run(&kit, kit.url());
    push(&kit, "default", (1..4).map(|number| job(number, &[])));
    kit.eventually("three jobs are counted as processed", || processed(&kit) == 3);
    kit.assert_eq("nothing is in flight any more", in_flight(&kit).len(), 0);
    kit.assert_eq("none has failed", failed(&kit), 0);
    let days = keys_with(&kit, "stat:processed:");
    let now: (f64, f64) = kit.query(&["TIME"]);
    // Midnight may have passed since.
    let names = [now.0, now.0 - 60.0].map(|time| keys::daily_stat(keys::PROCESSED, time));
    kit.assert(
        &format!("the key of the day is like {}, got {days:?}", names[0]),
        days.iter().all(|day| names.contains(day)),
    );
    let days_count: u64 = days.iter().map(|day| count(&kit, day)).sum();
    kit.assert_eq("they are counted for the day, too", days_count, 3);
    for day in &days {
        let left: i64 = kit.query(&["TTL", day]);
        let sentence = format!("{day} is kept for five years (157,680,000 s), got {left}");
        kit.assert(&sentence, (157_679_000..=157_680_000).contains(&left));
    }
    kit.assert_eq(
        "the total does not expire",
        kit.query::<i64>(&["TTL", "stat:processed"]),
        -1,
    );
    running.stop();
}

/// Invariant 1. Catches: a failed job that also stays in flight; a failure that is not counted;
/// `failed` without `processed`.
#[test]
fn moves_a_failed_job_to_retry_and_counts_it() {
    let kit = testkit::kit!();
    let running = run(&kit, kit.url());
    push(&kit, "default", [job(1, &["fail"])]);
    kit.eventually("it is in `retry`", || card(&kit, "retry") == 1);
    kit.assert_eq("nothing is in flight any more", in_flight(&kit).len(), 0);
    kit.assert_eq("it was processed", processed(&kit), 1);
    kit.assert_eq("and has failed", failed(&kit), 1);
    let days = keys_with(&kit, "stat:failed:");
    kit.assert_eq("it is counted for the day, too", days.len(), 1);
    running.stop();
}

/// Catches: a dead set that keeps all jobs, or that keeps jobs for more than 180 days; one that
/// stays too large if it was so before.
#[test]
fn trims_the_dead_set() {
    let kit = testkit::kit!();
    let now: (f64, f64) = kit.query(&["TIME"]);
    let mut fill = vec!["ZADD".to_owned(), "dead".to_owned()];
    // Sidekiq's limit may be a higher one.
    for number in 0..10_002 {
        fill.extend([
            (now.0 - 1_000.0 + f64::from(number) / 100.0).to_string(),
            number.to_string(),
        ]);
    }
    fill.extend([(now.0 - 181.0 * 86_400.0).to_string(), "old".to_owned()]);
    kit.command(&fill);
    let running = run(&kit, kit.url());
    push(&kit, "default", [job_with(1, &["fail"], json!({"retry": 0}))]);
    push(&kit, "default", ["not a job"]);
    kit.eventually("both failures are counted", || failed(&kit) == 2);
    kit.assert_eq("the newest 10,000 jobs are kept", card(&kit, "dead"), 10_000);
    let rank = |member: &str| kit.query::<Option<u64>>(&["ZRANK", "dead", member]);
    kit.assert_eq("a job that died 181 days ago is gone", rank("old"), None);
    kit.assert(
        "the four oldest other jobs are gone, too",
        rank("3").is_none() && rank("4").is_some(),
    );
    kit.assert(
        "the malformed message is kept, byte for byte",
        rank("not a job").is_some(),
    );
    kit.assert_eq("nothing is in flight any more", in_flight(&kit).len(), 0);
    // In a set that is not full, only the age matters.
    kit.command(&["DEL", "dead"]);
    for (days, member) in [(181.0, "too old"), (179.0, "not too old")] {
        kit.command(&["ZADD", "dead", &(now.0 - days * 86_400.0).to_string(), member]);
    }
    push(&kit, "default", ["not a job"]);
    kit.eventually("the third failure is counted", || failed(&kit) == 3);
    kit.assert_eq("a job that died 181 days ago is gone", rank("too old"), None);
    kit.assert_eq("a job that died 179 days ago is kept", rank("not too old"), Some(0));
    running.stop();
}

/// A job with `retry: false` is discarded when it fails. Catches: a job that stays in flight,
/// because it is not stored anywhere else.
#[test]
fn removes_a_discarded_job() {
    let kit = testkit::kit!();
    let running = run(&kit, kit.url());
    push(&kit, "default", [job_with(1, &["fail"], json!({"retry": false}))]);
    kit.eventually("its failure is counted", || failed(&kit) == 1);
    kit.assert_eq("nothing is in flight any more", in_flight(&kit).len(), 0);
    kit.assert_eq(
        "it is not in `retry` or `dead`",
        card(&kit, "retry") + card(&kit, "dead"),
        0,
    );
    running.stop();
}

/// Invariant 2. Redis has executed the call, and the reply is lost. Catches: a job that is counted
/// again, added to `retry` again, or performed again although it was acknowledged.
#[test]
fn acknowledges_a_job_once_after_a_lost_reply() {
    for script in [&["hold"][..], &["hold", "fail"]] {
        let fails = script.contains(&"fail");
        let kit = testkit::kit!();
        let proxy = kit.proxy();
        let running = run(&kit, proxy.url());
        push(&kit, "default", [job(1, script)]);
        begins(&kit, &running.begun);
        proxy.hold_replies();
        running.gate.open();
        kit.eventually("the job is acknowledged", || {
            in_flight(&kit).is_empty() && processed(&kit) > 0
        });
        proxy.cut();
        proxy.release_replies();
        // If the call is repeated, this happens before the next job is performed.
        push(&kit, "default", [job(2, &[])]);
        kit.eventually("the next job is performed", || running.begun.try_recv() == Ok(2));
        kit.eventually("and acknowledged", || in_flight(&kit).is_empty());
        kit.assert_eq("each was counted once", processed(&kit), 2);
        kit.assert_eq("a failure was counted once", failed(&kit), u64::from(fails));
        kit.assert_eq("it is in `retry` once", card(&kit, "retry"), usize::from(fails));
        running.stop();
    }
}

/// Invariant 4. Other processes considered a suspended process dead and have requeued its job. Now
/// it wakes, and the job ends. Catches: an acknowledgement of a job that is no longer in flight
/// here: a job that another process performs would be counted twice, and retried although it
/// succeeded.
#[test]
fn does_not_acknowledge_a_job_that_was_taken_away() {
    for script in [&["hold"][..], &["hold", "fail"]] {
        let kit = testkit::kit!();
        let running = run(&kit, kit.url());
        push(&kit, "default", [job(1, script)]);
        begins(&kit, &running.begun);
        for key in keys_with(&kit, "sidepunch:inflight:") {
            kit.command(&["DEL", &key]);
        }
        running.gate.open();
        push(&kit, "default", [job(2, &[])]);
        kit.eventually("it goes on with the next job", || running.begun.try_recv() == Ok(2));
        kit.eventually("the next job is counted", || processed(&kit) > 0);
        running.stop();
        kit.assert_eq("the job that was taken away is not counted", processed(&kit), 1);
        kit.assert_eq("its failure is not counted", failed(&kit), 0);
        kit.assert_eq("it is not in `retry`", card(&kit, "retry"), 0);
    }
}

/// Calls `acknowledge_and_fetch` itself. Other processes have taken the job that a wait brought.
/// Invariant 4. Catches: code that counts the outcomes, and not the jobs that it removes.
#[test]
fn counts_the_job_of_a_wait_only_if_it_is_in_flight() {
    let kit = testkit::kit!();
    let (unit, _) = failure(&kit, "sidepunch:inflight:me:1:abc:0-waits:default");
    let mut lists = in_flight_lists(kit.url());
    kit.command(&["DEL", "sidepunch:inflight:me:1:abc:0-waits:default"]);
    let result = lists.acknowledge_and_fetch(&[(unit.clone(), Outcome::Succeeded)], 0);
    kit.assert(&format!("the call succeeds, got {result:?}"), result.is_ok());
    kit.assert_eq("a job that is no longer in flight is not counted", processed(&kit), 0);
    kit.lpush("sidepunch:inflight:me:1:abc:0-waits:default", &[&unit.payload]);
    let result = lists.acknowledge_and_fetch(&[(unit, Outcome::Succeeded)], 0);
    kit.assert(&format!("the next call succeeds, got {result:?}"), result.is_ok());
    kit.assert_eq("a job that is in flight is counted", processed(&kit), 1);
    kit.assert_eq("it is not requeued", kit.list("queue:default").len(), 0);
}

/// A call of a batch counts several jobs at once. Catches: a counter of the day that gets its
/// expiry only if its first job is counted alone; one that gets a new expiry with each call.
#[test]
fn the_call_that_creates_a_counter_of_the_day_sets_its_expiry() {
    let kit = testkit::kit!();
    let mut calls = in_flight_lists(kit.url());
    let mut fail = |count: u64| {
        push(&kit, "default", (0..count).map(|number| job(number, &[])));
        let jobs = calls.acknowledge_and_fetch(&[], count as usize).expect("jobs").jobs;
        let outcomes = jobs.into_iter().map(|job| (job, Outcome::Failed(Decision::Discard)));
        let result = calls.acknowledge_and_fetch(&outcomes.collect::<Vec<_>>(), 0);
        kit.assert(&format!("the call succeeds, got {result:?}"), result.is_ok());
    };
    fail(3);
    let days: Vec<String> = ["stat:processed:", "stat:failed:"]
        .iter()
        .flat_map(|name| keys_with(&kit, name))
        .collect();
    kit.assert_eq("there are two counters of the day", days.len(), 2);
    let ttl = |day: &String| kit.query::<i64>(&["TTL", day]);
    for day in &days {
        let left = ttl(day);
        let sentence = format!("{day} is kept for five years (157,680,000 s), got {left}");
        kit.assert(&sentence, (157_679_000..=157_680_000).contains(&left));
        kit.command(&["EXPIRE", day, "1000"]);
    }
    fail(2);
    for day in &days {
        let left = ttl(day);
        kit.assert(
            &format!("{day} keeps its expiry, got {left}"),
            (1..=1_000).contains(&left),
        );
    }
}
