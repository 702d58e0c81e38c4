//! A stop with a failed job that cannot be stored.

use sidepunch::Error;

use super::scripted_worker::{obey, server};
use crate::support::{RunningServer, push};

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
