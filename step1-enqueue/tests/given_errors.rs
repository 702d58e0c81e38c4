//! Given: connections that break before a reply arrives.

use std::io::Read;
use std::net::TcpListener;
use std::time::Duration;

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

/// The system accepts connections for a Redis that hangs. When Redis wakes up, it executes whatever
/// was sent to it, although nobody reads the replies. Catches: a command that is sent before Redis
/// has answered on the new connection, so that each attempt pushes the job once more, or takes one
/// more job from its queue.
#[test]
fn sends_no_command_to_a_redis_that_hangs() {
    let kit = testkit::kit!();
    let hung = TcpListener::bind("127.0.0.1:0").expect("a free port");
    hung.set_nonblocking(true).expect("a socket");
    let address = hung.local_addr().expect("an address");
    let connections = Connections::new(&format!("redis://{address}/0")).expect("a URL of a Redis");
    let attempt =
        kit.spawn(move || connections.with_connection(|connection| redis::cmd("INCR").arg("a").exec(connection)));
    let (mut connection, _) = kit.wait_for("it connects", || hung.accept().ok());
    connection
        .set_read_timeout(Some(Duration::from_secs(10)))
        .expect("a socket");
    let mut sent = Vec::new();
    let end = connection.read_to_end(&mut sent);
    kit.assert(&format!("it gives up, got {end:?}"), end.is_ok());
    let sent = String::from_utf8_lossy(&sent);
    kit.assert(
        &format!("it has not sent the command, got {sent:?}"),
        !sent.contains("INCR"),
    );
    let attempt = attempt.join("it returns");
    kit.assert(
        &format!("the error is Error::Unreachable, got {attempt:?}"),
        matches!(attempt, Err(Error::Unreachable { .. })),
    );
}
