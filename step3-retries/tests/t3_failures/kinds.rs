//! The kinds of failures, as the loop records them.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Value, json};
use sidepunch::{BoxError, Job, Worker};

use super::scripted_worker::{members, obey, server};
use crate::support::{process_all, push};

/// Catches: a panic that is recorded as an error of the worker; the same class for every failure.
#[test]
fn records_the_kind_of_each_failure() {
    let kit = testkit::kit!();
    let (server, _obeyed) = server(&kit);
    let kinds = [
        (json!({"class": "NewWorker", "args": []}), "UnknownClass"),
        (json!({"class": "ObeyWorker", "args": [1]}), "WrongArgs"),
        (obey("fail"), "Failed"),
        (obey("panic"), "Panicked"),
        (obey("panic with arguments"), "Panicked"),
        (obey("panic without text"), "Panicked"),
    ];
    let mut expected = BTreeMap::new();
    for (number, (mut job, kind)) in kinds.into_iter().enumerate() {
        let jid = format!("{number:024x}");
        job["jid"] = json!(jid);
        push(&kit, &job);
        expected.insert(jid, kind.to_owned());
    }
    kit.assert_eq("all ran", process_all(&kit, server), expected.len());
    let mut recorded = BTreeMap::new();
    for retry in members(&kit, "retry") {
        let job: Value = serde_json::from_str(&retry).expect("it is JSON");
        let text = |field: &str| job[field].as_str().unwrap_or_default().to_owned();
        recorded.insert(text("jid"), text("error_class"));
    }
    kit.assert_eq("the error_class of each job", recorded, expected);
}

/// You need the jid to find a dead job in the logs, too. Catches: a jid for retries only; a jid
/// that is not a string.
#[test]
fn gives_a_dead_job_a_jid() {
    let kit = testkit::kit!();
    let (server, _obeyed) = server(&kit);
    for (retry, jid) in [(0, json!(null)), (1, json!(7))] {
        let mut job = obey("fail");
        (job["retry"], job["retry_count"], job["jid"]) = (json!(retry), json!(5), jid);
        push(&kit, &job);
    }
    kit.assert_eq("both ran", process_all(&kit, server), 2);
    let dead = members(&kit, "dead");
    kit.assert_eq("both are dead", dead.len(), 2);
    for dead in dead {
        let job: Value = serde_json::from_str(&dead).expect("it is JSON");
        let jid = job["jid"].as_str().unwrap_or_default();
        kit.assert(&format!("a dead job has a jid: {dead}"), jid.len() == 24);
    }
}

/// An error, or the value of a panic, that panics when it is dropped; if it is mute, also when it
/// is displayed.
#[derive(Debug)]
struct Bomb {
    is_mute: bool,
}

impl fmt::Display for Bomb {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        if self.is_mute {
            return Err(fmt::Error);
        }
        f.write_str("a bomb")
    }
}

impl std::error::Error for Bomb {}

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("dropped");
    }
}

struct Throw;

impl Worker for Throw {
    const CLASS: &'static str = "ThrowWorker";
    type Args = (String,);

    fn perform(&self, (what,): Self::Args, _: &Job) -> Result<(), BoxError> {
        let is_mute = what == "a mute error";
        if what == "a panic" {
            std::panic::panic_any(Bomb { is_mute });
        }
        Err(Bomb { is_mute }.into())
    }
}

/// Invariant 2. The worker has chosen the types of its errors and panics, so dropping them is its
/// code, too. Catches: a drop that is not in a `catch_unwind`, or that happens while another panic
/// unwinds, which aborts the process.
#[test]
fn survives_errors_and_panics_that_panic_when_dropped() {
    let kit = testkit::kit!();
    let (server, obeyed) = server(&kit);
    for what in ["a panic", "an error", "a mute error"] {
        push(&kit, &json!({"class": "ThrowWorker", "args": [what], "jid": "abc"}));
        push(&kit, &obey("return"));
    }
    kit.assert_eq("all six ran", process_all(&kit, server.register(Throw)), 6);
    kit.assert_eq("the others succeeded", obeyed.try_iter().count(), 3);
    let retries = members(&kit, "retry");
    kit.assert_eq("all three failures are retried", retries.len(), 3);
    for retry in retries {
        let job: Value = serde_json::from_str(&retry).expect("it is JSON");
        let message = job["error_message"].as_str().unwrap_or_default();
        kit.assert(&format!("error_message is not empty: {retry}"), !message.is_empty());
    }
}
