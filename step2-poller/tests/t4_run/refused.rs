//! A Redis that refuses the commands of `Server::run`.

use std::time::{Duration, Instant};

use sidepunch::Server;

use crate::support::{RunningServer, config, push, report};

/// A Redis that loads its data after a restart may refuse commands for minutes. Catches: a pause
/// only if Redis is unreachable, so that the loop spins.
#[test]
fn pauses_after_each_refused_command() {
    let kit = testkit::kit!();
    kit.command(&["SET", "queue:default", "no list"]);
    let server = Server::new(config(kit.url(), Duration::from_millis(20))).expect("a URL of a Redis");
    let running = RunningServer::start(&kit, server);
    let attempts = || {
        kit.commands()
            .iter()
            .filter(|command| command.contains("queue:default"))
            .count()
    };
    kit.eventually("Redis refuses a command", || attempts() > 0);
    let (before, start) = (attempts(), Instant::now());
    kit.eventually("the loop tries again", || attempts() >= before + 2);
    let waited = start.elapsed();
    // The first of the two attempts may come at once, if the wait above took long.
    kit.assert(
        &format!("there is a second between two attempts, not {waited:?}"),
        waited > Duration::from_millis(900),
    );
    kit.command(&["DEL", "queue:default"]);
    push(&kit, &report(1));
    kit.eventually("and then it goes on", || running.begun.try_recv() == Ok(1));
    running.stop();
}
