//! Task 2.2: how long a fetch waits, and what becomes of its connection.

use std::time::Duration;

use sidepunch::Error;

use super::t2_fetch::{fetch, retrieve};
use crate::support;

/// Invariant 3. Redis may still give a job to a connection that is open. Catches: a connection that
/// is closed only by the next call.
#[test]
fn closes_its_connection_at_once_after_an_error() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    kit.command(&["SET", "queue:default", "no list"]);
    let (_fetch, payload) = retrieve(&kit, fetch(proxy.url(), Duration::from_millis(100)));
    kit.assert(
        &format!("the error is Error::Refused, got {payload:?}"),
        matches!(payload, Err(Error::Refused { .. })),
    );
    kit.eventually("the connection is closed", || proxy.connections() == 0);
}

/// Catches: a read timeout that does not grow with the wait, so that an idle process reports an
/// outage.
#[test]
fn waits_without_an_error_for_longer_than_two_seconds() {
    let kit = testkit::kit!();
    let (_, payload) = retrieve(&kit, fetch(kit.url(), Duration::from_millis(2_500)));
    kit.assert(
        &format!("if there is no job, Ok(None) is returned, not {payload:?}"),
        matches!(payload, Ok(None)),
    );
}

/// Catches: a wait that has a limit of its own.
#[test]
fn waits_for_a_minute_if_the_setting_says_so() {
    let kit = testkit::kit!();
    let mut fetch = fetch(kit.url(), Duration::from_secs(60));
    let waiting = kit.spawn(move || support::retrieve(&mut fetch));
    kit.eventually("it waits in Redis", || kit.blocked() == 1);
    let command = kit
        .commands()
        .into_iter()
        .find(|command| command.starts_with('B') && command.contains("queue:default"));
    kit.assert(
        &format!("it waits for 60 s: {command:?}"),
        command.is_some_and(|command| command.contains("\"60\"") || command.contains("\"60.0")),
    );
    kit.lpush("queue:default", &[b"job"]);
    let payload = waiting.join("the wait ends when a job arrives");
    kit.assert(
        "`retrieve` returns the job",
        payload.is_ok_and(|payload| payload.is_some()),
    );
}
