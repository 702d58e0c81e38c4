//! A process that may still be given a job keeps its lease.

use std::time::Duration;

use sidepunch::Config;
use testkit::{Kit, Proxy};

use crate::server::{quick, start};

/// A server waits for jobs, loses an answer in this way, and is asked to stop: then its lease must be there. `timeout` is how long
/// its threads have for their end.
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
    kit.eventually("an answer is lost", || proxy.fired());
    running.stop();
    kit.assert_eq(
        "its lease is there",
        kit.query::<usize>(&["ZCARD", "sidepunch:leases"]),
        1,
    );
}

/// The answer to a wait was lost on its way: perhaps with a job, which then is in flight. Kills: a process that takes its leave
/// while one of its threads still waits, so that nobody would look for what it holds.
#[test]
fn keeps_the_lease_while_a_thread_still_waits() {
    leaves_a_lease(&testkit::kit!(), Duration::ZERO, |proxy| {
        proxy.swallow_after_request("BLMOVE");
    });
}

/// Nobody knows yet whether Redis still serves a wait whose answer was lost: the answer to its end is lost, too. Kills: a process
/// that takes its leave before.
#[test]
fn keeps_the_lease_while_a_wait_may_still_be_served() {
    // Another thread may sit down meanwhile, and must not be the one who waits at the end.
    let timeout = Duration::from_secs(1);
    leaves_a_lease(&testkit::kit!(), timeout, |proxy| {
        proxy.swallow_after_request("KILL");
        proxy.hang_up();
    });
}
