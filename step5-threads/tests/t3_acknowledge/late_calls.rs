//! Calls that come late, and a Redis that is older than the last one.

use std::time::Duration;

use sidepunch::{Config, Decision, Outcome};

use super::common::run;
use crate::server::{begins, card, claims, failed, in_flight, job, keys_with, processed, push, quick, start};

/// A connection that was given up may still bring what it was sent: a turn that was repeated elsewhere since, and overtaken by
/// the next. Kills: jobs that nobody knows of, and that the next turn takes for done.
#[test]
fn fetches_nothing_on_a_late_call() {
    let kit = testkit::kit!();
    push(&kit, "default", (0..4).map(|number| job(number, &[])));
    let [mut claims, mut late] = [0, 1].map(|_| claims(kit.url()));
    let mut turns = (0..2).map(|_| claims.acknowledge_and_fetch(&[], 1));
    kit.assert(
        "two turns claim a job each",
        turns.all(|turn| turn.is_ok_and(|turn| turn.jobs.len() == 1)),
    );
    let turn = late.acknowledge_and_fetch(&[], 1);
    kit.assert(
        &format!("one from before the second claims nothing, got {turn:?}"),
        turn.is_ok_and(|turn| turn.jobs.is_empty()),
    );
    kit.assert_eq(
        "the second one's job is in flight, alone",
        kit.list("sidepunch:inflight:me:1:abc:0:default").len(),
        1,
    );
    kit.assert_eq("two are in their queue", kit.list("queue:default").len(), 2);
}

/// Redis closes connections that were idle for its `timeout`, as one is while a job runs. Kills: to take that for an outage, and
/// to leave without telling what became of the job.
#[test]
fn acknowledges_at_shutdown_after_a_lost_connection() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let running = run(&kit, proxy.url());
    push(&kit, "default", [job(1, &["hold", "fail"])]);
    begins(&kit, &running.begun);
    running.server.request_stop();
    proxy.cut();
    running.gate.open();
    running.stop();
    kit.assert_eq("the job does not go back", kit.list("queue:default").len(), 0);
    kit.assert_eq("it has failed, and counts", failed(&kit), 1);
}

/// The same, where the repeated call has brought nothing: its processor is idle, and would not look for what the late one
/// fetches. Catches: a number that is taken only by a call that changes something.
#[test]
fn fetches_nothing_on_a_late_call_after_an_empty_fetch() {
    let kit = testkit::kit!();
    let [mut in_time, mut late] = [0, 1].map(|_| claims(kit.url()));
    let empty = in_time.acknowledge_and_fetch(&[], 1);
    kit.assert(
        &format!("there is nothing to fetch, got {empty:?}"),
        empty.is_ok_and(|fetched| fetched.jobs.is_empty()),
    );
    push(&kit, "default", [job(1, &[])]);
    let fetched = late.acknowledge_and_fetch(&[], 1);
    kit.assert(
        &format!("the late call fetches nothing, got {fetched:?}"),
        fetched.is_ok_and(|fetched| fetched.jobs.is_empty()),
    );
    kit.assert_eq("the job is in its queue", kit.list("queue:default").len(), 1);
}

/// A crash, a failover: Redis may lose what it knew last, and hold again what was settled. Kills: an old batch that is taken
/// for done, though nothing is left of how its jobs ended.
#[test]
fn requeues_an_old_batch_after_redis_rolls_back() {
    let kit = testkit::kit!();
    let mut claims = claims(kit.url());
    push(&kit, "default", [job(1, &[])]);
    let mut turn = |fates: &[_], want, sentence: &str| match claims.acknowledge_and_fetch(fates, want) {
        Ok(turn) => turn.jobs,
        Err(error) => kit.fail(&format!("{sentence}, got {error}")),
    };
    let first = turn(&[], 1, "the first job is claimed");
    let mut redis = kit.redis();
    let mut dump = |key: &str| -> Vec<u8> { redis::cmd("DUMP").arg(key).query(&mut redis).expect("a key") };
    let saved: Vec<(String, Vec<u8>)> = kit.keys().into_iter().map(|key| (key.clone(), dump(&key))).collect();
    let decision = Decision::Retry {
        payload: b"as it is kept".to_vec(),
        at: 1_795_454_181.5,
    };
    push(&kit, "default", [job(2, &[])]);
    let second = turn(
        &[(first[0].clone(), Outcome::Failed(decision))],
        1,
        "it fails, and the second one is claimed",
    );
    kit.assert_eq("the second one is claimed", second.len(), 1);
    kit.keys().iter().for_each(|key| drop(kit.command(&["DEL", key])));
    for (key, value) in saved {
        let mut restore = redis::cmd("RESTORE");
        restore
            .arg(key)
            .arg(0)
            .arg(value)
            .exec(&mut redis)
            .expect("it is restored");
    }
    turn(&[], 0, "the second one is settled");
    let queues = kit.list("queue:default").len();
    kit.assert_eq(
        "the first job is in its queue or in flight",
        queues + in_flight(&kit).len(),
        1,
    );
    kit.assert_eq("it does not count as done", processed(&kit), 0);
}

/// Nobody looks for what a process holds that has no lease. Kills: a wait that claims without one.
#[test]
fn takes_a_lease_for_each_wait() {
    let kit = testkit::kit!();
    let config = Config {
        batch: 1,
        // Nobody renews it meanwhile.
        lease: Duration::from_secs(300),
        heartbeat: Duration::from_secs(60),
        ..quick(kit.url())
    };
    let running = start(&kit, config);
    kit.eventually("it waits for jobs in Redis", || kit.blocked() > 0);
    // The heart renews it first.
    kit.eventually("its heart beats", || kit.query::<usize>(&["SCARD", "processes"]) == 1);
    kit.command(&["DEL", "sidepunch:leases"]);
    kit.eventually("the next wait takes a lease", || card(&kit, "sidepunch:leases") == 1);
    running.stop();
}

/// A stop waits for the jobs at hand, and no longer. Kills: an end of the thread that does not settle its last job.
#[test]
fn acknowledges_running_jobs_at_shutdown() {
    let kit = testkit::kit!();
    let running = run(&kit, kit.url());
    for (number, script) in [(1, &["hold", "fail"][..]), (2, &["hold"])] {
        push(&kit, "default", [job(number, script)]);
        begins(&kit, &running.begun);
    }
    running.server.request_stop();
    kit.assert("while they run, run does not return", !running.server.is_finished());
    running.gate.open();
    running.stop();
    kit.assert_eq("both were counted", processed(&kit), 2);
    kit.assert_eq("the failed one waits in `retry`", card(&kit, "retry"), 1);
    let left = keys_with(&kit, "sidepunch:inflight:");
    kit.assert_eq("nothing is in flight any more", left, Vec::<String>::new());
}
