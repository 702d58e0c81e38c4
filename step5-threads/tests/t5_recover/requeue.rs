//! The jobs of a crashed process go back to their queues.

use std::time::Duration;

use super::common::{job, process, run, run_with};
use crate::server::{begins, card, hold, keys_with, processed, push};
use crate::support::RunningServer;

/// Invariant 3. Sidekiq's own pages have forgotten the process, and nobody will start it again. Kills: a look at `processes`,
/// jobs that come back in another order or to another queue, equal ones that are taken for one, or for
/// several deaths, a look at what threads held
/// but not at what they were brought while they waited, a memory without an end or of another length.
#[test]
fn requeues_orphaned_jobs_in_order() {
    let kit = testkit::kit!();
    process(&kit, "gone:1:abc", -1.0, "a:b é", &[job(1), job(2), job(3)]);
    process(&kit, "gone:2:def", -1.0, "default", &[job(11), job(11)]);
    for number in [11, 12] {
        hold(&kit, "gone:2:def", "0-waits", "default", &job(number));
    }
    push(&kit, "a:b é", [job(4)]);
    // Somebody has cleared both queues meanwhile.
    kit.command(&["DEL", "queues"]);
    // It performs none of them, so that they can be seen.
    let running = run(&kit, &["other"]);
    kit.eventually("what one has left is in its queue", || {
        kit.list("queue:a:b é").len() == 4
    });
    kit.eventually("what the other has left is in its own", || {
        kit.list("queue:default").len() == 4
    });
    kit.assert_eq(
        "in the old order: the next to be popped is the first that was claimed",
        kit.list("queue:a:b é"),
        vec![job(4), job(3), job(2), job(1)],
    );
    let deaths: (Option<u64>, Option<u64>) = kit.query(&["HMGET", "sidepunch:crashes", &job(1), &job(11)]);
    kit.assert_eq(
        "one process has died with each, also with three that are equal",
        deaths,
        (Some(1), Some(1)),
    );
    let forgets: i64 = kit.query(&["TTL", "sidepunch:crashes"]);
    kit.assert(
        &format!("it is remembered for 72 hours (259,200 s) that they were recovered, got {forgets}"),
        (259_100..=259_200).contains(&forgets),
    );
    let mut queues: Vec<String> = kit.query(&["SMEMBERS", "queues"]);
    queues.sort_unstable();
    kit.assert_eq("Sidekiq's pages show their queues", queues, vec!["a:b é", "default"]);
    kit.eventually("nothing is left of either", || keys_with(&kit, "gone:").is_empty());
    kit.eventually("nor of their leases", || card(&kit, "sidepunch:leases") == 1);
    running.stop();
}

/// Kills: reading the list and pushing what was read, without asking who removed it.
#[test]
fn requeues_each_orphaned_job_once_with_concurrent_servers() {
    let kit = testkit::kit!();
    let jobs: Vec<String> = (0..200).map(job).collect();
    process(&kit, "gone:1:abc", -1.0, "default", &jobs);
    // On a busy machine one of them may be late, and must not be taken for dead.
    let lease = Duration::from_secs(1);
    let servers: Vec<RunningServer> = (0..4).map(|_| run_with(&kit, &["default"], lease)).collect();
    kit.eventually("all are performed", || processed(&kit) >= 200);
    let mut all: Vec<u64> = servers.iter().flat_map(|server| server.begun.try_iter()).collect();
    all.sort_unstable();
    kit.assert_eq("each job was performed once", all, (0..200).collect::<Vec<_>>());
    kit.eventually("the dead is forgotten", || keys_with(&kit, "gone:").is_empty());
    let more = servers.iter().flat_map(|server| server.begun.try_iter()).count();
    kit.assert_eq("and none was performed again", more, 0);
    servers.into_iter().for_each(|server| server.stop());
    kit.assert_eq("and counted once", processed(&kit), 200);
    kit.assert_eq(
        "it is not remembered that they were recovered",
        kit.query::<usize>(&["HLEN", "sidepunch:crashes"]),
        0,
    );
}

/// Kills: leases, or keys, of which one that is no text makes all unreadable.
#[test]
fn ignores_non_utf8_identities() {
    let kit = testkit::kit!();
    let foreign = r"
        redis.call('ZADD', 'sidepunch:leases', 1, '\255:1:abc')
        redis.call('SADD', 'sidepunch:lists:gone:1:abc', 'sidepunch:inflight:gone:1:abc:0:\255')";
    kit.command(&["EVAL", foreign, "0"]);
    process(&kit, "gone:1:abc", -1.0, "default", &[job(1)]);
    let running = run(&kit, &["default"]);
    kit.assert_eq("the dead is found", begins(&kit, &running.begun), 1);
    running.stop();
}

/// Catches: a log that counts wrongly, or names a process that held nothing.
#[test]
fn logs_how_many_jobs_were_recovered() {
    let kit = testkit::kit!();
    let jobs = [job(1), job(2), job(3)];
    process(&kit, "crashed-host:17:0123456789ab", -1.0, "default", &jobs);
    process(&kit, "idle-host:17:0123456789ab", -1.0, "default", &[]);
    let program = kit.start(&["work", "-q", "other"]);
    kit.eventually_in(Duration::from_secs(20), "both processes are forgotten", || {
        card(&kit, "sidepunch:leases") == 1
    });
    // The log goes another way than the jobs, and may come later.
    kit.eventually("the log names the crashed process", || {
        program.stderr().contains("crashed-host")
    });
    let log = program.stderr();
    let lines: Vec<&str> = log.lines().filter(|line| line.contains("crashed-host")).collect();
    kit.assert_eq("one line names it", lines.len(), 1);
    let counts = lines[0].split(|c: char| !c.is_alphanumeric()).any(|word| word == "3");
    kit.assert(
        &format!("it says how many jobs go back, which is 3: {}", lines[0]),
        counts,
    );
    kit.assert("the process that held nothing is not named", !log.contains("idle-host"));
}

/// Kills: a removal before it is known that the job can be put elsewhere; one process that keeps all others.
#[test]
fn keeps_an_orphaned_job_that_cannot_be_requeued() {
    let kit = testkit::kit!();
    kit.command(&["SET", "queue:broken", "no list"]);
    process(&kit, "gone:1:abc", -2.0, "broken", &[job(1)]);
    let running = run(&kit, &["default"]);
    // Several looks: it is known that it looks when this one is found.
    process(&kit, "gone:2:abc", -1.0, "default", &[job(2)]);
    kit.assert_eq("another one's jobs are found", begins(&kit, &running.begun), 2);
    kit.assert_eq(
        "the job stays where it is",
        kit.list("sidepunch:inflight:gone:1:abc:0:broken"),
        vec![job(1)],
    );
    kit.command(&["DEL", "queue:broken"]);
    kit.eventually("once it can be, it is given back", || {
        kit.list("queue:broken") == vec![job(1)]
    });
    running.stop();
}
