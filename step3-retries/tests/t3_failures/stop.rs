//! A stop with a job that cannot be kept.

use sidepunch::Error;

use super::scripted_worker::{obey, server};
use crate::support::{RunningServer, push};

/// Better an error than a loss that nobody hears of. Kills: `Ok(())` with a job in hand.
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
        &format!("it is Error::Refused, got {ended:?}"),
        matches!(ended, Err(Error::Refused { .. })),
    );
}
