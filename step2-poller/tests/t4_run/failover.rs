//! A Redis that becomes a replica while the connections to it stay open.

use std::time::Duration;

use serde_json::json;
use sidepunch::Server;

use crate::support::{RunningServer, config, report};

/// The old server ends each wait with `UNBLOCKED` and closes its connection, but a connection that
/// is not waiting stays open, and each later command is answered with `READONLY`. Catches: a loop
/// that keeps its connection to the old server, so that it performs no job until it is restarted; a
/// job that is performed by way of both servers.
#[test]
fn performs_the_jobs_of_the_new_leader_once() {
    let kit = testkit::kit!(own);
    let servers = kit.failover();
    let config = config(servers.url(), Duration::from_millis(200));
    let running = RunningServer::start(&kit, Server::new(config).expect("a URL of a Redis"));
    let push = |job: serde_json::Value| servers.lpush("queue:default", &[job.to_string().as_bytes()]);
    let mut begun = Vec::new();
    // In the first round, the loop waits during the failover; in the others, it performs a job. The
    // leader is the second server, then the first one, then the second one again.
    for round in [10, 20, 30] {
        if round == 10 {
            kit.eventually("it waits for a job", || servers.blocked() > 0);
        } else {
            push(json!({"class": "ScriptedWorker", "args": [round, ["hold"]]}));
            begun.push(kit.wait_for("a job begins", || running.begun.try_recv().ok()));
        }
        servers.fail_over();
        running.gate.let_pass(if round == 10 { 0 } else { 1 });
        let expected = begun.len() + 6;
        (round + 1..=round + 6).for_each(|number| push(report(number)));
        kit.eventually("the jobs of the new leader are performed", || {
            begun.extend(running.begun.try_iter());
            begun.len() >= expected
        });
    }
    running.server.request_stop();
    let ended = running.server.join("the server stops");
    kit.assert(&format!("run returns Ok(()), got {ended:?}"), ended.is_ok());
    begun.extend(running.begun.try_iter());
    begun.sort_unstable();
    let expected: Vec<u64> = (11..=16).chain(20..=26).chain(30..=36).collect();
    kit.assert_eq("each was performed once", begun, expected);
}
