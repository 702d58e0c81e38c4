//! What the tests of recovery have in common.

use std::time::Duration;

use sidepunch::Config;
use testkit::Kit;

use crate::server::{hold, quick, start};
use crate::support::{RunningServer, order};

/// A server that looks for the dead several times a second.
pub fn run(kit: &Kit, queues: &[&str]) -> RunningServer {
    run_with(kit, queues, Duration::from_millis(500))
}

pub fn run_with(kit: &Kit, queues: &[&str], lease: Duration) -> RunningServer {
    let config = Config {
        queues: order(queues),
        concurrency: 1,
        lease,
        ..quick(kit.url())
    };
    start(kit, config)
}

/// A job that sends its number, and returns.
pub fn job(number: u64) -> String {
    crate::server::job(number, &[])
}

/// A process whose lease ends so many seconds from now, and that holds these jobs: the first is the first that it claimed.
pub fn process(kit: &Kit, identity: &str, lease: f64, queue: &str, jobs: &[String]) {
    // The jobs come first: a server that runs already would forget a process that holds nothing.
    for job in jobs {
        hold(kit, identity, "0", queue, job);
    }
    let time: (f64, f64) = kit.query(&["TIME"]);
    kit.command(&["ZADD", "sidepunch:leases", &(time.0 + lease).to_string(), identity]);
}

/// How often a server has looked for the dead.
pub fn looks(kit: &Kit) -> usize {
    kit.commands().iter().filter(|command| is_look(command)).count()
}

/// Whether a server looks for the dead by this command.
pub fn is_look(command: &str) -> bool {
    command.contains("ZRANGEBYSCORE") && command.contains("sidepunch:leases")
}
