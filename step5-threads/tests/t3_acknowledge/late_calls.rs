//! Calls that arrive late, and a Redis whose data is older than the last call.

use std::time::Duration;

use sidepunch::{Config, Decision, Outcome};

use super::common::run;
use crate::server::{
    begins, card, failed, identity, in_flight, in_flight_lists, job, keys_with, processed, push, quick, start,
};

/// An abandoned connection may still deliver a call that was repeated on another connection, and
/// that the next call has overtaken. Catches: jobs that no thread knows of, and that the next call
/// takes for succeeded.
#[test]
fn fetches_nothing_on_a_late_call() {
    let kit = testkit::kit!();
    push(&kit, "default", (0..4).map(|number| job(number, &[])));
    let [mut lists, mut late] = [0, 1].map(|_| in_flight_lists(kit.url()));
    let mut calls = (0..2).map(|_| lists.acknowledge_and_fetch(&[], 1));
    kit.assert(
        "two calls fetch one job each",
        calls.all(|fetched| fetched.is_ok_and(|fetched| fetched.jobs.len() == 1)),
    );
    let fetched = late.acknowledge_and_fetch(&[], 1);
    kit.assert(
        &format!("a call with the number of the first one fetches nothing, got {fetched:?}"),
        fetched.is_ok_and(|fetched| fetched.jobs.is_empty()),
    );
    kit.assert_eq(
        "only the job of the second call is in flight",
        kit.list("sidepunch:inflight:me:1:abc:0:default").len(),
        1,
    );
    kit.assert_eq("two jobs are in their queue", kit.list("queue:default").len(), 2);
}

/// Redis closes connections that were idle for its `timeout`, and a connection is idle while a job
/// runs. Catches: a process that takes this for an outage, and exits without acknowledging the job.
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
    kit.assert_eq("the job is not requeued", kit.list("queue:default").len(), 0);
    kit.assert_eq("its failure is counted", failed(&kit), 1);
}

/// The repeated call has fetched nothing. Its processor is idle, and would not look for the jobs
/// that the late call fetches. Catches: a sequence number that is stored only by a call that
/// changes something.
#[test]
fn fetches_nothing_on_a_late_call_after_an_empty_fetch() {
    let kit = testkit::kit!();
    let [mut in_time, mut late] = [0, 1].map(|_| in_flight_lists(kit.url()));
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

/// After a crash or a failover, Redis may have lost the last writes, so that acknowledged jobs are
/// in flight again. Catches: an old batch whose jobs are taken for succeeded, although their
/// outcomes are lost.
#[test]
fn requeues_an_old_batch_after_redis_rolls_back() {
    let kit = testkit::kit!();
    let mut lists = in_flight_lists(kit.url());
    push(&kit, "default", [job(1, &[])]);
    let mut call = |outcomes: &[_], want, sentence: &str| match lists.acknowledge_and_fetch(outcomes, want) {
        Ok(fetched) => fetched.jobs,
        Err(error) => kit.fail(&format!("{sentence}, got {error}")),
    };
    let first = call(&[], 1, "the first job is fetched");
    let mut redis = kit.redis();
    let mut dump = |key: &str| -> Vec<u8> { redis::cmd("DUMP").arg(key).query(&mut redis).expect("a key") };
    let saved: Vec<(String, Vec<u8>)> = kit.keys().into_iter().map(|key| (key.clone(), dump(&key))).collect();
    let decision = Decision::Retry {
        payload: b"as it is kept".to_vec(),
        at: 1_795_454_181.5,
    };
    push(&kit, "default", [job(2, &[])]);
    let second = call(
        &[(first[0].clone(), Outcome::Failed(decision))],
        1,
        "it fails, and the second job is fetched",
    );
    kit.assert_eq("the second job is fetched", second.len(), 1);
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
    call(&[], 0, "the second job is acknowledged");
    let queues = kit.list("queue:default").len();
    kit.assert_eq(
        "the first job is in its queue or in flight",
        queues + in_flight(&kit).len(),
        1,
    );
    kit.assert_eq("it is not counted as processed", processed(&kit), 0);
}

/// No other process recovers the jobs of a process that has no lease. Redis may have lost the
/// lease, because it was restored from an older state, or emptied. Catches: a wait that fetches
/// without a lease; a wait that relies on what an earlier wait has written.
#[test]
fn takes_a_lease_for_each_wait() {
    let kit = testkit::kit!();
    let config = Config {
        batch: 1,
        // The heartbeat does not renew it during the test.
        lease: Duration::from_secs(300),
        heartbeat: Duration::from_secs(60),
        ..quick(kit.url())
    };
    let running = start(&kit, config);
    kit.eventually("it waits for jobs in Redis", || kit.blocked() > 0);
    // The first heartbeat takes a lease, too.
    kit.eventually("the first heartbeat is over", || {
        kit.query::<usize>(&["SCARD", "processes"]) == 1
    });
    let lists = format!("sidepunch:lists:{}", identity(&kit));
    kit.command(&["DEL", "sidepunch:leases", &lists]);
    kit.eventually("the next wait takes a lease", || card(&kit, "sidepunch:leases") == 1);
    running.stop();
}

/// The lease of a process expires while its only processor is busy, and other processes forget it.
/// If it crashes during its next wait, they must know the list into which that wait has moved a
/// job. Catches: a wait that relies on what an earlier wait has written, although the lease has
/// expired in between.
#[test]
fn a_process_that_was_forgotten_enters_its_list_before_it_waits() {
    let kit = testkit::kit!(own);
    let config = Config {
        concurrency: 1,
        batch: 1,
        lease: Duration::from_millis(500),
        ..quick(kit.url())
    };
    let running = start(&kit, config);
    let lists = format!("sidepunch:lists:{}", identity(&kit));
    kit.eventually("it waits for jobs", || kit.blocked() > 0);
    push(&kit, "default", [job(1, &["hold"])]);
    kit.assert_eq("a job begins", begins(&kit, &running.begun), 1);
    kit.command(&["CONFIG", "SET", "min-replicas-to-write", "1"]);
    kit.eventually("its lease has expired", || {
        let now: (f64, f64) = kit.query(&["TIME"]);
        let expired: usize = kit.query(&["ZCOUNT", "sidepunch:leases", "-inf", &(now.0 - 1.0).to_string()]);
        expired == 1
    });
    kit.command(&["CONFIG", "SET", "min-replicas-to-write", "0"]);
    kit.command(&["DEL", "sidepunch:leases", &lists]);
    let before = kit.commands().len();
    running.gate.open();
    let idle = kit.wait_for("it waits again", || {
        let commands = kit.commands().split_off(before);
        let wait = commands.iter().position(|command| command.starts_with("BLMOVE"))?;
        Some(commands[..wait].to_vec())
    });
    let enters = |command: &String| command.contains("SADD") && command.contains(&lists);
    kit.assert(
        &format!("it has entered its list before, got {idle:?}"),
        idle.iter().any(enters),
    );
    running.stop();
}

/// A stop waits for the running jobs, and no longer. Catches: a thread that ends without
/// acknowledging its last job.
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
    kit.assert_eq("both jobs are counted", processed(&kit), 2);
    kit.assert_eq("the failed job is in `retry`", card(&kit, "retry"), 1);
    let left = keys_with(&kit, "sidepunch:inflight:");
    kit.assert_eq("nothing is in flight any more", left, Vec::<String>::new());
}
