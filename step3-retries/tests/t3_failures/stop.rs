//! A stop with a failed job that cannot be stored.

use std::time::Duration;

use serde_json::json;
use sidepunch::{Error, Server};

use super::scripted_worker::{members, obey, server};
use crate::support::{RunningServer, config, push};

/// An error is better than a loss that is not reported. Catches: `Ok(())` although the process
/// still has a job.
#[test]
fn run_returns_an_error_if_a_failed_job_cannot_be_stored() {
    let kit = testkit::kit!();
    let (server, obeyed) = server(&kit);
    kit.command(&["SET", "retry", "no sorted set"]);
    push(&kit, &obey("fail"));
    let running = RunningServer::start(&kit, server);
    kit.eventually("the job fails", || obeyed.try_recv().is_ok());
    running.server.request_stop();
    let ended = running.server.join("`run` returns");
    kit.assert(
        &format!("the error is Error::Refused, got {ended:?}"),
        matches!(ended, Err(Error::Refused { .. })),
    );
}

/// The job fails after the stop request, when the loop ends. Catches: a decision that is not stored
/// at the end.
#[test]
fn stores_a_job_that_fails_after_the_stop_request() {
    for (retry, set) in [(25, "retry"), (0, "dead")] {
        let kit = testkit::kit!();
        let (server, _obeyed) = server(&kit);
        push(
            &kit,
            &json!({"class": "ScriptedWorker", "args": [1, ["hold", "fail"]], "jid": "abc", "retry": retry}),
        );
        let running = RunningServer::start(&kit, server);
        kit.eventually("the job begins", || running.begun.try_recv() == Ok(1));
        running.server.request_stop();
        running.gate.open();
        running.stop();
        kit.assert_eq(&format!("the job is in `{set}`"), members(&kit, set).len(), 1);
    }
}

/// Catches: `Ok(())` although the job is lost.
#[test]
fn run_returns_an_error_if_redis_is_away_at_the_end() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    push(
        &kit,
        &json!({"class": "ScriptedWorker", "args": [1, ["hold", "fail"]], "jid": "abc"}),
    );
    let server = Server::new(config(proxy.url(), Duration::from_millis(20))).expect("a URL of a Redis");
    let running = RunningServer::start(&kit, server);
    kit.eventually("the job begins", || running.begun.try_recv() == Ok(1));
    proxy.refuse();
    proxy.cut();
    running.server.request_stop();
    running.gate.open();
    let ended = running.server.join("`run` returns");
    kit.assert(
        &format!("the error is Error::Unreachable, got {ended:?}"),
        matches!(ended, Err(Error::Unreachable { .. })),
    );
}
