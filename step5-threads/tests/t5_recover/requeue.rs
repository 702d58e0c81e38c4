//! The jobs of a crashed process go back to their queues.

use std::time::Duration;

use sidepunch::Config;

use super::common::{job, process, run, run_with};
use crate::server::{add_in_flight, begins, card, keys_with, processed, push, quick, server};
use crate::support::RunningServer;

/// Invariant 3. Sidekiq's Web UI no longer shows the process, and it does not start again. Catches:
/// a recovery that reads `processes`; jobs that are requeued in another order or to another queue;
/// equal jobs that are taken for one, or for several crashes; a recovery of the threads' lists
/// without the lists of their waits; crash counts that do not expire, or at another time.
#[test]
fn requeues_orphaned_jobs_in_order() {
    let kit = testkit::kit!();
    process(&kit, "gone:1:abc", -1.0, "a:b é", &[job(1), job(2), job(3)]);
    process(&kit, "gone:2:def", -1.0, "default", &[job(11), job(11)]);
    for number in [11, 12] {
        add_in_flight(&kit, "gone:2:def", "0-waits", "default", &job(number));
    }
    push(&kit, "a:b é", [job(4)]);
    // As if an operator had cleared both queues meanwhile.
    kit.command(&["DEL", "queues"]);
    // The server does not fetch from these queues, so that the test can see the jobs.
    let running = run(&kit, &["other"]);
    kit.eventually("the jobs of one process are in their queue", || {
        kit.list("queue:a:b é").len() == 4
    });
    kit.eventually("the jobs of the other process are in theirs", || {
        kit.list("queue:default").len() == 4
    });
    kit.assert_eq(
        "they are in the old order: the first that was fetched is the next to be popped",
        kit.list("queue:a:b é"),
        vec![job(4), job(3), job(2), job(1)],
    );
    let crashes: (Option<u64>, Option<u64>) = kit.query(&["HMGET", "sidepunch:crashes", &job(1), &job(11)]);
    kit.assert_eq(
        "each payload has one crash, also if three jobs are equal",
        crashes,
        (Some(1), Some(1)),
    );
    let expires_in: i64 = kit.query(&["TTL", "sidepunch:crashes"]);
    kit.assert(
        &format!("the crash counts expire after 72 hours (259,200 s), got {expires_in}"),
        (259_100..=259_200).contains(&expires_in),
    );
    let mut queues: Vec<String> = kit.query(&["SMEMBERS", "queues"]);
    queues.sort_unstable();
    kit.assert_eq("their queues are in `queues`", queues, vec!["a:b é", "default"]);
    kit.eventually("no key of either process is left", || {
        keys_with(&kit, "gone:").is_empty()
    });
    kit.eventually("their leases are removed, too", || card(&kit, "sidepunch:leases") == 1);
    running.stop();
}

/// Catches: a job that is read from the list and pushed, without a check which process has removed
/// it.
#[test]
fn requeues_each_orphaned_job_once_with_concurrent_servers() {
    let kit = testkit::kit!();
    let jobs: Vec<String> = (0..200).map(job).collect();
    process(&kit, "gone:1:abc", -1.0, "default", &jobs);
    // On a busy machine a server may be late, and the others must not consider it dead.
    let lease = Duration::from_secs(1);
    let servers: Vec<RunningServer> = (0..4).map(|_| run_with(&kit, &["default"], lease)).collect();
    kit.eventually("all jobs are performed", || processed(&kit) >= 200);
    let mut all: Vec<u64> = servers.iter().flat_map(|server| server.begun.try_iter()).collect();
    all.sort_unstable();
    kit.assert_eq("each job was performed once", all, (0..200).collect::<Vec<_>>());
    kit.eventually("the crashed process is removed", || keys_with(&kit, "gone:").is_empty());
    let more = servers.iter().flat_map(|server| server.begun.try_iter()).count();
    kit.assert_eq("no job was performed again", more, 0);
    servers.into_iter().for_each(|server| server.stop());
    kit.assert_eq("each job was counted once", processed(&kit), 200);
    kit.assert_eq(
        "their crash counts are removed",
        kit.query::<usize>(&["HLEN", "sidepunch:crashes"]),
        0,
    );
}

/// Catches: one lease or key that is not text, because of which none can be read.
#[test]
fn ignores_non_utf8_identities() {
    let kit = testkit::kit!();
    let foreign = r"
        redis.call('ZADD', 'sidepunch:leases', 1, '\255:1:abc')
        redis.call('SADD', 'sidepunch:lists:gone:1:abc', 'sidepunch:inflight:gone:1:abc:0:\255')";
    kit.command(&["EVAL", foreign, "0"]);
    process(&kit, "gone:1:abc", -1.0, "default", &[job(1)]);
    let running = run(&kit, &["default"]);
    kit.assert_eq("the crashed process is found", begins(&kit, &running.begun), 1);
    running.stop();
}

/// Catches: a log that counts wrongly, or adds up crash counts, or contains a process that had no
/// jobs; a recovery that takes equal jobs for one, or leaves a part of a long list to the next
/// look.
#[test]
fn logs_how_many_jobs_were_recovered() {
    let kit = testkit::kit!();
    let jobs: Vec<String> = (1..=150).chain([150]).map(job).collect();
    // The second crash of a job is not a second job.
    kit.command(&["HSET", "sidepunch:crashes", &job(1), "1"]);
    process(&kit, "crashed-host:17:0123456789ab", -1.0, "default", &jobs);
    process(&kit, "idle-host:17:0123456789ab", -1.0, "default", &[]);
    let program = kit.start(&["work", "-q", "other", "--lease", "0.5"]);
    kit.eventually_in(Duration::from_secs(20), "both processes are removed", || {
        card(&kit, "sidepunch:leases") == 1
    });
    // The log line is written separately from the jobs, and may come later.
    kit.eventually("the log contains the crashed process", || {
        program.stderr().contains("crashed-host")
    });
    let log = program.stderr();
    let lines: Vec<&str> = log.lines().filter(|line| line.contains("crashed-host")).collect();
    kit.assert_eq("one line contains it", lines.len(), 1);
    let counts = lines[0].split(|c: char| !c.is_alphanumeric()).any(|word| word == "151");
    kit.assert(
        &format!(
            "the line contains the number of requeued jobs, which is 151: {}",
            lines[0]
        ),
        counts,
    );
    kit.assert("the process without jobs is not logged", !log.contains("idle-host"));
}

/// Catches: a job that is removed before it is certain that it can be requeued; one process that
/// blocks the recovery of all others.
#[test]
fn keeps_an_orphaned_job_that_cannot_be_requeued() {
    let kit = testkit::kit!();
    kit.command(&["SET", "queue:broken", "no list"]);
    process(&kit, "gone:1:abc", -2.0, "broken", &[job(1)]);
    let running = run(&kit, &["default"]);
    // When the job of this process is found, the server has looked at the first one as well.
    process(&kit, "gone:2:abc", -1.0, "default", &[job(2)]);
    kit.assert_eq("the job of another process is found", begins(&kit, &running.begun), 2);
    kit.assert_eq(
        "the job stays where it is",
        kit.list("sidepunch:inflight:gone:1:abc:0:broken"),
        vec![job(1)],
    );
    kit.command(&["DEL", "queue:broken"]);
    kit.eventually("it is requeued when this is possible", || {
        kit.list("queue:broken") == vec![job(1)]
    });
    running.stop();
}

/// A process that calls only `process_one` has its state in Redis, though it holds no job. Catches:
/// a lease only for a process that holds jobs, so that its state stays forever; a new identity,
/// and so a new state, for each call of `process_one`.
#[test]
fn forgets_a_process_that_has_only_looked_for_jobs() {
    let kit = testkit::kit!();
    let config = Config {
        batch: 1,
        ..quick(kit.url())
    };
    let mut server = server(config);
    let looked = kit.within(Duration::from_secs(5), "it looks for a job twice", move || {
        server.process_one().and_then(|_| server.process_one())
    });
    kit.assert(&format!("there is none, got {looked:?}"), matches!(looked, Ok(false)));
    let states = keys_with(&kit, "sidepunch:state:");
    kit.assert_eq("one process has a state", states.len(), 1);
    // Its process has crashed, and its lease has expired.
    let identity = states[0].trim_start_matches("sidepunch:state:");
    let expired: usize = kit.query(&["ZADD", "sidepunch:leases", "XX", "CH", "1", identity]);
    kit.assert_eq("it has a lease, so that others look for it", expired, 1);
    let running = run(&kit, &["default"]);
    kit.eventually("it is forgotten", || keys_with(&kit, identity).is_empty());
    running.stop();
}
