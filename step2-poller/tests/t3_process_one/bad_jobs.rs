//! Jobs that cannot be performed, or that fail (from step 3 on they are stored in Redis), and a queue
//! that cannot be read.

use std::time::Duration;

use sidepunch::{BoxError, Error, Job, Worker};

use super::job::server;
use crate::support::{process_all, report};

struct Fail;

impl Worker for Fail {
    const CLASS: &'static str = "FailWorker";
    type Args = ();

    fn perform(&self, (): Self::Args, _: &Job) -> Result<(), BoxError> {
        Err("out of luck".into())
    }
}

/// Invariant 4: no payload ends the loop. Catches: `unwrap`; `?`; an error returned for a bad job.
#[test]
fn continues_after_a_bad_job() {
    let kit = testkit::kit!();
    let bad_ones = [
        &b"not json"[..],
        b"42",
        b"null",
        b"[1]",
        b"",
        b"\xff\xfe",
        b"{}",
        br#"{"class":"ReportWorker"}"#,
        br#"{"class":"ReportWorker","args":"x"}"#,
        br#"{"class":7,"args":[]}"#,
        br#"{"class":"Unknown","args":[]}"#,
        br#"{"class":"ReportWorker","args":["one"]}"#,
        br#"{"class":"ReportWorker","args":[]}"#,
        br#"{"class":"FailWorker","args":[]}"#,
    ];
    for (number, bad) in (100..).zip(bad_ones) {
        kit.lpush("queue:default", &[bad, report(number).to_string().as_bytes()]);
    }
    let (server, reported) = server(&kit);
    kit.assert_eq(
        "`process_one` returns Ok(true) for each job, good or bad",
        process_all(&kit, server.register(Fail)),
        28,
    );
    let reported: Vec<u64> = reported.try_iter().collect();
    kit.assert_eq(
        "after each bad job the good one was performed",
        reported,
        (100..114).collect::<Vec<_>>(),
    );
}

/// Catches: `Ok(false)` for a Redis that replies with an error.
#[test]
fn process_one_returns_an_error_if_redis_refuses() {
    let kit = testkit::kit!();
    kit.command(&["SET", "queue:default", "no list"]);
    let (mut server, _reported) = server(&kit);
    let error = kit.within(Duration::from_secs(10), "`process_one` returns an error", move || {
        server.process_one()
    });
    kit.assert(
        &format!("the error is Error::Refused, got {error:?}"),
        matches!(error, Err(Error::Refused { .. })),
    );
}
