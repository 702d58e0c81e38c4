//! Servers that are stopped while a job runs.

use std::time::Duration;

use serde_json::json;
use sidepunch::{Config, Error};
use testkit::Kit;

use crate::server::{add_in_flight, identity, job_with, push, quick, start};
use crate::support::RunningServer;

/// Runs a server with one thread, which waits this long for running jobs when it stops.
pub fn run(kit: &Kit, timeout: Duration) -> RunningServer {
    run_at(kit, kit.url(), timeout)
}

pub fn run_at(kit: &Kit, redis: String, timeout: Duration) -> RunningServer {
    let config = Config {
        concurrency: 1,
        timeout,
        ..quick(redis)
    };
    start(kit, config)
}

/// Returns a job that does not end.
pub fn endless(number: u64) -> String {
    job_with(number, &["hang"], json!({"retry_count": 3, "queue": "elsewhere"}))
}

pub fn push_endless(kit: &Kit, number: u64) {
    push(kit, "default", [endless(number)]);
}

/// Runs a server whose job does not end, and adds the lists of other processors to it. Returns the
/// identity of the server, too.
pub fn run_with_lists(kit: &Kit, redis: String, lists: &[(&str, &str, &[&[u8]])]) -> (RunningServer, String) {
    let running = run_at(kit, redis, Duration::ZERO);
    push_endless(kit, 1);
    kit.eventually("the job begins", || running.begun.try_recv() == Ok(1));
    let own = identity(kit);
    // A list without a queue in its name holds no jobs. It comes first, because Redis keeps the
    // order in a small set, and a stop must not end there.
    kit.command(&["SADD", &format!("sidepunch:lists:{own}"), "not a list of ours"]);
    for (holder, queue, jobs) in lists {
        jobs.iter().for_each(|job| add_in_flight(kit, &own, holder, queue, job));
    }
    (running, own)
}

/// Stops a server with these lists at once.
pub fn stop_with(kit: &Kit, redis: String, lists: &[(&str, &str, &[&[u8]])], before: impl FnOnce()) {
    let (running, _) = run_with_lists(kit, redis, lists);
    before();
    running.server.request_stop();
    join(kit, running.server);
}

/// Stops a server that holds these jobs of the queue `other`. Calls `change` with its identity when
/// the server has read them and has not yet moved them.
pub fn change_while_stopping(kit: &Kit, jobs: &[&[u8]], change: impl FnOnce(&str)) {
    let proxy = kit.proxy();
    let (running, own) = run_with_lists(kit, proxy.url(), &[("9", "other", jobs)]);
    proxy.freeze_after_request(":9:other");
    running.server.request_stop();
    kit.eventually("the list was read", || proxy.fired());
    // A script that moves a whole list has done so by now.
    change(&own);
    proxy.thaw();
    join(kit, running.server);
}

/// Waits until the server has stopped, although its job runs.
pub fn join(kit: &Kit, server: testkit::Running<Result<(), Error>>) {
    let ended = server.join("run returns though a job runs");
    kit.assert(&format!("run returns Ok(()), got {ended:?}"), ended.is_ok());
}
