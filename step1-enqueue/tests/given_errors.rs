//! Given: connections that break before a reply arrives.

use sidepunch::{Connections, Error};
use testkit::Kit;

/// Increments `a` on a new connection, which breaks before the reply arrives.
fn lose_a_reply(kit: &Kit) -> Result<(), Error> {
    let proxy = kit.proxy();
    let connections = Connections::new(&proxy.url()).expect("a URL of a Redis");
    proxy.cut_after_request("INCR");
    let lost = connections.with_connection(|connection| redis::cmd("INCR").arg("a").exec(connection));
    kit.assert("the connection has been cut", proxy.fired());
    lost
}

/// Catches: an error that is `Unreachable` only if Redis refuses the connection.
#[test]
fn a_lost_reply_means_that_redis_is_unreachable() {
    let kit = testkit::kit!();
    let lost = lose_a_reply(&kit);
    kit.assert(
        &format!("it is Error::Unreachable, got {lost:?}"),
        matches!(lost, Err(Error::Unreachable { .. })),
    );
}

/// Redis may have executed the commands. An idle connection may be old, so they are worth a second
/// attempt, but not on a new one. Catches: commands that are repeated after any broken connection,
/// so that a job is pushed twice.
#[test]
fn does_not_repeat_commands_after_a_new_connection_broke() {
    let kit = testkit::kit!();
    let lost = lose_a_reply(&kit);
    kit.assert(&format!("it is an error, got {lost:?}"), lost.is_err());
    kit.assert_eq("Redis has executed the command once", kit.number("a"), 1);
}
