//! The crash counts: one for each crash, and kept for 72 hours after the last one. And the data of
//! the crashed process, which is deleted.

use super::common::{job, process, recover_at, run};
use crate::server::keys_with;

/// One of two equal jobs cannot be requeued at first, so the recovery is repeated. Catches: an
/// attempt that forgets which payloads an earlier one has counted, so that one crash counts as two.
#[test]
fn counts_one_crash_although_the_recovery_is_repeated() {
    let kit = testkit::kit!();
    kit.command(&["SET", "queue:broken", "not a list"]);
    process(&kit, "gone:1:abc", -1.0, "good", &[job(1)]);
    process(&kit, "gone:1:abc", -1.0, "broken", &[job(1)]);
    let running = run(&kit, &["unused"]);
    kit.eventually("the job of one list is in its queue", || {
        kit.list("queue:good") == vec![job(1)]
    });
    kit.command(&["DEL", "queue:broken"]);
    kit.eventually("so is that of the other list", || {
        kit.list("queue:broken") == vec![job(1)]
    });
    let crashes: Option<u64> = kit.query(&["HGET", "sidepunch:crashes", &job(1)]);
    kit.assert_eq("both have seen the same crash", crashes, Some(1));
    running.stop();
}

/// The process was suspended, and wakes after the recovery has requeued its job. Later it crashes
/// with the same job. Catches: a crash that is not counted because an earlier one was.
#[test]
fn counts_a_later_crash_of_a_process_that_came_back() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let running = recover_at(&kit, proxy.url());
    // Redis has to learn the scripts first.
    process(&kit, "gone:1:abc", -1.0, "other", &[job(2)]);
    kit.eventually("another process is recovered", || keys_with(&kit, "gone:").is_empty());
    proxy.freeze_after_request("sidepunch:counted:back:1:abc");
    process(&kit, "back:1:abc", -1.0, "other", &[job(1)]);
    kit.eventually("the job is in its queue", || kit.list("queue:other").contains(&job(1)));
    process(&kit, "back:1:abc", 60.0, "other", &[]);
    proxy.thaw();
    // The next recovery begins when this one is over.
    process(&kit, "gone:2:abc", -1.0, "other", &[job(2)]);
    kit.eventually("a third one is recovered", || keys_with(&kit, "gone:").is_empty());
    process(&kit, "back:1:abc", -1.0, "other", &[job(1)]);
    kit.eventually("nothing is left of the process", || keys_with(&kit, "back:").is_empty());
    let crashes: Option<u64> = kit.query(&["HGET", "sidepunch:crashes", &job(1)]);
    kit.assert_eq("both crashes are counted", crashes, Some(2));
    running.stop();
}

/// Only one job is in flight. Catches: an expiry that is set before the hash exists; one that is
/// set at the first crash of a job only.
#[test]
fn each_crash_renews_the_expiry_of_the_crash_counts() {
    for count in [None, Some("1")] {
        let kit = testkit::kit!();
        if let Some(count) = count {
            kit.command(&["HSET", "sidepunch:crashes", &job(1), count]);
            kit.command(&["EXPIRE", "sidepunch:crashes", "1000"]);
        }
        process(&kit, "gone:1:abc", -1.0, "other", &[job(1)]);
        let running = run(&kit, &["unused"]);
        kit.eventually("nothing is left of the process", || keys_with(&kit, "gone:").is_empty());
        let left: i64 = kit.query(&["TTL", "sidepunch:crashes"]);
        kit.assert(
            &format!("with the count {count:?} before, the counts expire in 72 hours (259,200 s), got {left}"),
            (259_100..=259_200).contains(&left),
        );
        running.stop();
    }
}

/// Sidekiq's Web UI would show it for a minute. Catches: a process that stays in `processes`.
#[test]
fn removes_a_crashed_process_from_the_set_of_processes() {
    let kit = testkit::kit!();
    kit.command(&["SADD", "processes", "gone:1:abc"]);
    process(&kit, "gone:1:abc", -1.0, "other", &[job(1)]);
    let running = run(&kit, &["unused"]);
    kit.eventually("nothing is left of the process", || keys_with(&kit, "gone:").is_empty());
    let is_listed: bool = kit.query(&["SISMEMBER", "processes", "gone:1:abc"]);
    kit.assert("it is not in `processes`", !is_listed);
    running.stop();
}

/// Only Sidekiq's Web UI needs `processes`. Catches: a script that ends at this key, when it has
/// deleted the entry in `sidepunch:leases` only, so that no process ever deletes the other data.
#[test]
fn deletes_the_data_of_a_crashed_process_although_processes_has_another_type() {
    let kit = testkit::kit!();
    kit.command(&["SET", "processes", "not a set"]);
    process(&kit, "gone:1:abc", -1.0, "other", &[job(1)]);
    let running = run(&kit, &["unused"]);
    kit.eventually("the job is in its queue", || kit.list("queue:other") == vec![job(1)]);
    kit.eventually("nothing is left of the process", || keys_with(&kit, "gone:").is_empty());
    running.stop();
}
