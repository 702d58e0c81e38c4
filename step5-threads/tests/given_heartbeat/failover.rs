//! A Redis that becomes a replica while the connections to it stay open.

use std::time::Duration;

use sidepunch::Config;

use crate::server::{quick, start};

/// Catches: a renewal or a heartbeat on a connection that is kept after `READONLY`. Other processes
/// would consider this one dead, and perform the jobs that it is performing.
#[test]
fn renews_its_lease_at_the_new_leader() {
    let kit = testkit::kit!(own);
    let servers = kit.failover();
    let config = Config {
        heartbeat: Duration::from_millis(100),
        ..quick(servers.url())
    };
    let running = start(&kit, config);
    let identity = kit.wait_for("the process is in `processes`", || {
        servers.query::<Vec<String>>(&["SMEMBERS", "processes"]).pop()
    });
    for _ in 0..2 {
        servers.fail_over();
        let lease = || servers.query::<Option<f64>>(&["ZSCORE", "sidepunch:leases", &identity]);
        let beat = || servers.query::<Option<f64>>(&["HGET", &identity, "beat"]);
        // The first server had these values already.
        let (first_lease, first_beat) = (lease(), beat());
        kit.eventually("the new leader has a later end of the lease", || lease() > first_lease);
        kit.eventually("and a later heartbeat", || beat() > first_beat);
    }
    running.stop();
}
