//! A process that may still be given a job keeps its lease.

use std::time::Duration;

use sidepunch::Config;
use testkit::{Kit, Proxy};

use crate::server::{quick, start};

/// Runs a server that waits for jobs, loses a reply in the given way, and is asked to stop. Then
/// its lease must still be there. `timeout` is how long its threads have to finish.
fn leaves_a_lease(kit: &Kit, timeout: Duration, lose: impl FnOnce(&Proxy)) {
    let proxy = kit.proxy();
    let config = Config {
        concurrency: 1,
        timeout,
        batch: 1,
        ..quick(proxy.url())
    };
    let running = start(kit, config);
    kit.eventually("it waits for jobs", || kit.blocked() > 0);
    lose(&proxy);
    kit.eventually("a reply is lost", || proxy.fired());
    running.stop();
    kit.assert_eq(
        "its lease is there",
        kit.query::<usize>(&["ZCARD", "sidepunch:leases"]),
        1,
    );
}

/// The reply to a wait was lost, perhaps with a job, which then is in flight. Catches: a process
/// that deregisters while one of its threads still waits, so that no other process would recover
/// its jobs.
#[test]
fn keeps_the_lease_while_a_thread_still_waits() {
    leaves_a_lease(&testkit::kit!(), Duration::ZERO, |proxy| {
        proxy.swallow_after_request("BLMOVE");
    });
}

/// The reply to a wait was lost, and so was the reply to the command that ends the wait, so Redis
/// may still move a job for it. Catches: a process that deregisters before the wait has certainly
/// ended.
#[test]
fn keeps_the_lease_while_a_wait_may_still_be_served() {
    // The other thread may begin a wait meanwhile, and must have ended it before the server stops.
    let timeout = Duration::from_secs(1);
    leaves_a_lease(&testkit::kit!(), timeout, |proxy| {
        proxy.swallow_after_request("KILL");
        proxy.hang_up();
    });
}
