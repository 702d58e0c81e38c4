//! Jobs that cannot be performed, or that fail. From step 3 on they end elsewhere.

use sidepunch::{BoxError, Job, Worker};

use super::job::server;
use crate::support::{process_all, tell};

struct Fail;

impl Worker for Fail {
    const CLASS: &'static str = "FailWorker";
    type Args = ();

    fn perform(&self, (): Self::Args, _: &Job) -> Result<(), BoxError> {
        Err("out of luck".into())
    }
}

/// Invariant 4: nothing that stands in a payload ends the loop. Kills: unwrap, `?`, an error returned for a bad job.
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
        br#"{"class":"TellWorker"}"#,
        br#"{"class":"TellWorker","args":"x"}"#,
        br#"{"class":7,"args":[]}"#,
        br#"{"class":"Unknown","args":[]}"#,
        br#"{"class":"TellWorker","args":["one"]}"#,
        br#"{"class":"TellWorker","args":[]}"#,
        br#"{"class":"FailWorker","args":[]}"#,
    ];
    for (number, bad) in (100..).zip(bad_ones) {
        kit.lpush("queue:default", &[bad, tell(number).to_string().as_bytes()]);
    }
    let (server, told) = server(&kit);
    kit.assert_eq(
        "each job counts as one that ran, good or bad",
        process_all(&kit, server.register(Fail)),
        28,
    );
    let told: Vec<u64> = told.try_iter().collect();
    kit.assert_eq(
        "behind each bad job the good one was performed",
        told,
        (100..114).collect::<Vec<_>>(),
    );
}
