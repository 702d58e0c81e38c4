//! Fixtures of the tests of recovery.

use std::time::Duration;

use sidepunch::Config;
use testkit::Kit;

use crate::server::{add_in_flight, quick, start};
use crate::support::{RunningServer, order};

/// Runs a server that looks for crashed processes several times a second.
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

/// Runs a server at this address that looks for crashed processes, and performs no job of theirs.
pub fn recover_at(kit: &Kit, redis: String) -> RunningServer {
    let config = Config {
        queues: order(&["unused"]),
        concurrency: 1,
        lease: Duration::from_millis(500),
        ..quick(redis)
    };
    start(kit, config)
}

/// Returns a job that sends its number and returns.
pub fn job(number: u64) -> String {
    crate::server::job(number, &[])
}

/// Adds a process whose lease ends this many seconds from now, with these jobs in flight. The first
/// job is the first that it fetched.
pub fn process(kit: &Kit, identity: &str, lease: f64, queue: &str, jobs: &[String]) {
    // The jobs come first, because a running server would remove a process without jobs.
    for job in jobs {
        add_in_flight(kit, identity, "0", queue, job);
    }
    let time: (f64, f64) = kit.query(&["TIME"]);
    kit.command(&["ZADD", "sidepunch:leases", &(time.0 + lease).to_string(), identity]);
}

/// Returns how often a server has looked for crashed processes.
pub fn looks(kit: &Kit) -> usize {
    kit.commands().iter().filter(|command| is_look(command)).count()
}

/// Returns true if a server looks for crashed processes with this command.
pub fn is_look(command: &str) -> bool {
    command.contains("ZRANGEBYSCORE") && command.contains("sidepunch:leases")
}
