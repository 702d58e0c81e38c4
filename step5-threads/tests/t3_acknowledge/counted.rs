//! Each end of a job is counted, once.

use serde_json::json;
use sidepunch::{Outcome, keys};

use super::common::{failure, run};
use crate::server::{begins, card, claims, count, failed, in_flight, job, job_with, keys_with, processed, push};

/// Invariant 1, and Sidekiq's pages show how many. Kills: a job that stays in flight, a count that is left out, a day by
/// local time or without an end.
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
    // It may be past midnight by now.
    let names = [now.0, now.0 - 60.0].map(|time| keys::daily_stat(keys::PROCESSED, time));
    kit.assert(
        &format!("the day is named as {}, got {days:?}", names[0]),
        days.iter().all(|day| names.contains(day)),
    );
    let days_count: u64 = days.iter().map(|day| count(&kit, day)).sum();
    kit.assert_eq("they are counted by the day, too", days_count, 3);
    for day in &days {
        let left: i64 = kit.query(&["TTL", day]);
        let told = format!("{day} is kept for five years (157,680,000 s), got {left}");
        kit.assert(&told, (157_679_000..=157_680_000).contains(&left));
    }
    kit.assert_eq(
        "the total is kept for ever",
        kit.query::<i64>(&["TTL", "stat:processed"]),
        -1,
    );
    running.stop();
}

/// Invariant 1. Kills: a failure that leaves a copy in flight, one that is not counted, `failed` without `processed`.
#[test]
fn moves_a_failed_job_to_retry_and_counts_it() {
    let kit = testkit::kit!();
    let running = run(&kit, kit.url());
    push(&kit, "default", [job(1, &["fail"])]);
    kit.eventually("it waits in `retry`", || card(&kit, "retry") == 1);
    kit.assert_eq("nothing is in flight any more", in_flight(&kit).len(), 0);
    kit.assert_eq("it was processed", processed(&kit), 1);
    kit.assert_eq("and has failed", failed(&kit), 1);
    let days = keys_with(&kit, "stat:failed:");
    kit.assert_eq("also on this day", days.len(), 1);
    running.stop();
}

/// Kills: a dead set that keeps all, one that keeps what is 180 days old.
#[test]
fn trims_the_dead_set() {
    let kit = testkit::kit!();
    let now: (f64, f64) = kit.query(&["TIME"]);
    let mut fill = vec!["ZADD".to_owned(), "dead".to_owned()];
    for number in 0..10_000 {
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
    kit.eventually("both deaths are counted", || failed(&kit) == 2);
    kit.assert_eq("the newest 10,000 are kept", card(&kit, "dead"), 10_000);
    let rank = |member: &str| kit.query::<Option<u64>>(&["ZRANK", "dead", member]);
    kit.assert_eq("what died 181 days ago is gone", rank("old"), None);
    kit.assert(
        "so are the two oldest others",
        rank("1").is_none() && rank("2").is_some(),
    );
    kit.assert("what is no job is kept, byte for byte", rank("not a job").is_some());
    kit.assert_eq("nothing is in flight any more", in_flight(&kit).len(), 0);
    // Where there is room enough, it is the age alone that counts.
    kit.command(&["DEL", "dead"]);
    for (days, member) in [(181.0, "too old"), (179.0, "not too old")] {
        kit.command(&["ZADD", "dead", &(now.0 - days * 86_400.0).to_string(), member]);
    }
    push(&kit, "default", ["not a job"]);
    kit.eventually("the third death is counted", || failed(&kit) == 3);
    kit.assert_eq("what died 181 days ago is gone", rank("too old"), None);
    kit.assert_eq("what died 179 days ago is kept", rank("not too old"), Some(0));
    running.stop();
}

/// `retry: false` says: forget it. Kills: a job that stays in flight since it goes nowhere.
#[test]
fn removes_a_discarded_job() {
    let kit = testkit::kit!();
    let running = run(&kit, kit.url());
    push(&kit, "default", [job_with(1, &["fail"], json!({"retry": false}))]);
    kit.eventually("its failure is counted", || failed(&kit) == 1);
    kit.assert_eq("nothing is in flight any more", in_flight(&kit).len(), 0);
    kit.assert_eq("nor anywhere else", card(&kit, "retry") + card(&kit, "dead"), 0);
    running.stop();
}

/// Invariant 2. Redis has done it, and the answer is lost. Kills: counting it again, adding it again, a job performed again
/// though it was settled.
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
        kit.eventually("the job has left", || in_flight(&kit).is_empty() && processed(&kit) > 0);
        proxy.cut();
        proxy.release_replies();
        // Whatever it does twice, it does before it performs the next.
        push(&kit, "default", [job(2, &[])]);
        kit.eventually("the next job is performed", || running.begun.try_recv() == Ok(2));
        kit.eventually("and settled", || in_flight(&kit).is_empty());
        kit.assert_eq("each was counted once", processed(&kit), 2);
        kit.assert_eq("and a failure once", failed(&kit), u64::from(fails));
        kit.assert_eq("it waits in `retry` once", card(&kit, "retry"), usize::from(fails));
        running.stop();
    }
}

/// Invariant 4. A process was thought dead, and others have taken its job; now it wakes, and the job ends. Kills: settling
/// what it no longer holds: a job that another performs would be counted twice, and retried though it was done.
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
        kit.eventually("which is counted", || processed(&kit) > 0);
        running.stop();
        kit.assert_eq("but not the one that was taken away", processed(&kit), 1);
        kit.assert_eq("nor its failure", failed(&kit), 0);
        kit.assert_eq("it does not come back", card(&kit, "retry"), 0);
    }
}

/// `InFlight::turn`, called by hand: others have taken what the thread was brought while it waited. Invariant 4. Kills: a count of
/// the fates, not of what leaves.
#[test]
fn counts_the_job_of_a_wait_only_if_it_is_in_flight() {
    let kit = testkit::kit!();
    let (claimed, _) = failure(&kit, "sidepunch:inflight:me:1:abc:0-waits:default");
    let mut claims = claims(kit.url());
    kit.command(&["DEL", "sidepunch:inflight:me:1:abc:0-waits:default"]);
    let turn = claims.acknowledge_and_fetch(&[(claimed.clone(), Outcome::Succeeded)], 0);
    kit.assert(&format!("a turn ends, got {turn:?}"), turn.is_ok());
    kit.assert_eq("one that is not there any more is not counted", processed(&kit), 0);
    kit.lpush("sidepunch:inflight:me:1:abc:0-waits:default", &[&claimed.payload]);
    let turn = claims.acknowledge_and_fetch(&[(claimed, Outcome::Succeeded)], 0);
    kit.assert(&format!("another ends, got {turn:?}"), turn.is_ok());
    kit.assert_eq("one that is there is", processed(&kit), 1);
    kit.assert_eq("and does not go back", kit.list("queue:default").len(), 0);
}
