//! A Redis that becomes a replica while the connections to it stay open.

use serde_json::json;
use sidepunch::Config;
use testkit::Failover;

use crate::server::{begins, job, job_with, quick, start};

fn push(servers: &Failover, job: &str) {
    servers.lpush("queue:default", &[job.as_bytes()]);
}

/// Returns the jobs in flight at the leader.
fn in_flight(servers: &Failover) -> Vec<String> {
    let lists: Vec<String> = servers.query(&["KEYS", "sidepunch:inflight:*"]);
    let jobs = lists.iter().map(|list| servers.query(&["LRANGE", list, "0", "-1"]));
    jobs.collect::<Vec<Vec<String>>>().concat()
}

/// The waiters reach the new leader, because the old one ends their waits. Catches: a processor
/// that stays at the old server and acknowledges nothing, so that others perform its jobs again; a
/// job that runs during the failover and is performed twice, or lost.
#[test]
fn performs_each_job_once_through_a_failover() {
    let kit = testkit::kit!(own);
    let servers = kit.failover();
    if !servers.is_linked() {
        // The new leader knows nothing of the jobs that run.
        return;
    }
    let config = Config {
        concurrency: 4,
        ..quick(servers.url())
    };
    let running = start(&kit, config);
    kit.eventually("it waits for jobs", || servers.blocked() > 0);
    let mut begun = Vec::new();
    for round in [10, 20] {
        // These two run during the failover. One of them is stored in `retry` after it.
        push(&servers, &job(round, &["hold"]));
        push(&servers, &job_with(round + 1, &["hold", "fail"], json!({"retry": 1})));
        begun.extend([begins(&kit, &running.begun), begins(&kit, &running.begun)]);
        servers.fail_over();
        for number in round + 2..round + 8 {
            push(&servers, &job(number, &[]));
        }
        kit.eventually("the jobs of the new leader are performed", || {
            begun.extend(running.begun.try_iter());
            begun.len() >= 8 * (round / 10) as usize
        });
        kit.eventually("and acknowledged: only the two that run are in flight", || {
            in_flight(&servers).len() == 2
        });
        running.gate.let_pass(2);
        kit.eventually("these are acknowledged, too", || in_flight(&servers).is_empty());
        let counts = ["stat:processed", "stat:failed"].map(|key| servers.query::<Option<u64>>(&["GET", key]));
        kit.assert_eq(
            "each is counted once",
            counts,
            [Some(8 * (round / 10)), Some(round / 10)],
        );
        let retries: u64 = servers.query(&["ZCARD", "retry"]);
        kit.assert_eq("the failed jobs are in `retry`", retries, round / 10);
    }
    running.server.request_stop();
    let ended = running.server.join("the server stops");
    kit.assert(&format!("run returns Ok(()), got {ended:?}"), ended.is_ok());
    begun.extend(running.begun.try_iter());
    begun.sort_unstable();
    let expected: Vec<u64> = (10..18).chain(20..28).collect();
    kit.assert_eq("each job was performed once", begun, expected);
    let queued: Vec<String> = servers.query(&["LRANGE", "queue:default", "0", "-1"]);
    kit.assert_eq("no job is queued again", queued, Vec::<String>::new());
}
