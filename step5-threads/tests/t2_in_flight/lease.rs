//! A process that may still be given a job keeps its lease, and other processes know of its lists.

use std::time::Duration;

use sidepunch::Config;
use testkit::{Kit, Proxy};

use super::common::{push_endless, run, run_with_long_wait};
use crate::server::{begins, identity, in_flight, in_flight_lists, quick, start};

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

/// Redis has forgotten the lists of a process, as after FLUSHALL, or when it was restored from an
/// older state behind a proxy. Catches: a job that runs in a list which no other process would ever
/// find.
#[test]
fn a_job_is_not_performed_from_a_list_that_is_not_known() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let begun = run_with_long_wait(&kit, &proxy);
    let lists = format!("sidepunch:lists:{}", identity(&kit));
    kit.eventually("it waits for jobs", || kit.blocked() > 0);
    kit.command(&["DEL", &lists]);
    push_endless(&kit, 1, "default");
    kit.assert_eq("the job begins", begins(&kit, &begun), 1);
    let known: Vec<String> = kit.query(&["SMEMBERS", &lists]);
    let held: Vec<String> = in_flight(&kit).into_iter().map(|(list, _)| list).collect();
    kit.assert_eq("it is in one list", held.len(), 1);
    kit.assert(&format!("{held:?} is in {known:?}"), known.contains(&held[0]));
}

/// Redis compares whole numbers in a small sorted set faster than fractions. Catches: a lease whose
/// end is not a whole second, from a fetch, a renewal or a wait.
#[test]
fn a_lease_ends_at_a_whole_second() {
    let kit = testkit::kit!();
    push_endless(&kit, 1, "default");
    let fetched = in_flight_lists(kit.url()).acknowledge_and_fetch(&[], 1);
    kit.assert(&format!("a job is fetched, got {fetched:?}"), fetched.is_ok());
    let proxy = kit.proxy();
    let _begun = run(&kit, &proxy, &["default"], 1);
    kit.eventually("it waits for jobs", || kit.blocked() > 0);
    let commands = kit.commands();
    let leases = commands
        .iter()
        .filter_map(|command| command.split_once("ZADD \"sidepunch:leases\" \""))
        .filter_map(|(_, rest)| rest.split('"').next());
    let ends: Vec<&str> = leases.collect();
    kit.assert(
        &format!("three scripts take a lease that ends at a whole second, got {ends:?}"),
        ends.len() >= 3 && ends.iter().all(|end| end.bytes().all(|byte| byte.is_ascii_digit())),
    );
}
