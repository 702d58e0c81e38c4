//! Fixtures of the tests of the decision.

use serde_json::Value;
use sidepunch::retry::decide;
use sidepunch::{Decision, Failure, Job, Retry};
use testkit::Kit;

pub const NOW: f64 = 1_795_454_181.25;

pub const FAILED: f64 = 1_795_450_000.5;

pub fn boom() -> Failure {
    Failure::Failed("out of luck".into())
}

pub fn job(payload: &str) -> Job {
    Job::parse(payload.as_bytes()).expect("the test's payload is a job")
}

/// Returns the decision on a failure of this job.
pub fn judged(payload: &Value) -> Decision {
    decide(job(&payload.to_string()), &boom(), Retry::Yes, NOW, 0.0)
}

/// Returns the job as it is to be stored, as text and as JSON, and the time of its retry.
pub fn retried(kit: &Kit, decision: Decision) -> (String, Value, f64) {
    match decision {
        Decision::Retry { payload, at } => {
            let text = String::from_utf8(payload).expect("a payload is UTF-8");
            let value = serde_json::from_str(&text).expect("a payload is JSON");
            (text, value, at)
        }
        other => kit.fail(&format!("the decision is a retry, not {other:?}")),
    }
}

pub fn kind(decision: &Decision) -> &'static str {
    match decision {
        Decision::Retry { .. } => "retry",
        Decision::Dead(_) => "dead",
        Decision::Discard => "discarded",
    }
}
