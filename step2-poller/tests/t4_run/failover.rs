//! A Redis that becomes a replica while the connections to it stay open.

use std::time::Duration;

use sidepunch::Server;

use crate::support::{RunningServer, config, report};

/// The old server ends each wait with `UNBLOCKED`, and answers all writes with `READONLY`. Catches:
/// a loop that keeps its connection to the old server, so that it performs no job until it is
/// restarted; a job that is performed by way of both servers.
#[test]
fn performs_the_jobs_of_the_new_leader_once() {
    let kit = testkit::kit!(own);
    let servers = kit.failover();
    let config = config(servers.url(), Duration::from_millis(200));
    let running = RunningServer::start(&kit, Server::new(config).expect("a URL of a Redis"));
    kit.eventually("it waits for a job", || servers.blocked() > 0);
    let mut begun = Vec::new();
    // The second time, the first server is the leader again.
    for round in 1..=2 {
        servers.fail_over();
        for number in 10 * round + 1..=10 * round + 6 {
            servers.lpush("queue:default", &[report(number).to_string().as_bytes()]);
        }
        kit.eventually("the jobs of the new leader are performed", || {
            begun.extend(running.begun.try_iter());
            begun.len() >= 6 * round as usize
        });
    }
    running.server.request_stop();
    let ended = running.server.join("the server stops");
    kit.assert(&format!("run returns Ok(()), got {ended:?}"), ended.is_ok());
    begun.extend(running.begun.try_iter());
    begun.sort_unstable();
    kit.assert_eq(
        "each was performed once",
        begun,
        [11, 12, 13, 14, 15, 16, 21, 22, 23, 24, 25, 26],
    );
}
