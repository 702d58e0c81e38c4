//! The bonus tasks of the chapter, which our solution does not do. Remove an `#[ignore]`, and go
//! further than we did.

use serde_json::{Value, json};

/// Sidekiq's Web UI shows where a job failed, if the job has an `error_backtrace`: the base64 of a
/// zlib stream of a JSON array of strings. A Rust error has no backtrace, but the chain of its
/// causes is as useful.
#[test]
#[ignore = "bonus 1: see docs/step3-due-jobs.md"]
fn stores_the_causes_of_a_failure() {
    let kit = testkit::kit!();
    let program = kit.start(&["work"]);
    kit.eventually("`work` waits for jobs", || kit.blocked() == 1);
    let job = json!({"class": "SlowWorker", "args": ["soon"], "jid": "aaaaaaaaaaaaaaaaaaaaaaaa"});
    kit.lpush("queue:default", &[job.to_string().as_bytes()]);
    let members = kit.wait_for("the job waits in `retry`", || {
        let members: Vec<String> = kit.query(&["ZRANGE", "retry", "0", "-1"]);
        (!members.is_empty()).then_some(members)
    });
    let job: Value = serde_json::from_str(&members[0]).expect("it is JSON");
    let backtrace = job["error_backtrace"].as_str().unwrap_or_default().to_owned();
    // A zlib stream begins with the byte 0x78, so its base64 begins with `eJ`, `eN`, `eA` or `eF`.
    kit.assert(
        &format!("error_backtrace is base64 of zlib: {backtrace:?}"),
        ["eJ", "eN", "eA", "eF"]
            .iter()
            .any(|start| backtrace.starts_with(start)),
    );
    drop(program);
}

/// When an operator has found out why a job is dead, one command should remove the job or run it
/// again.
#[test]
#[ignore = "bonus 2: see docs/step3-due-jobs.md"]
fn requeues_a_dead_job_on_command() {
    let kit = testkit::kit!();
    let job = json!({"class": "SlowWorker", "args": [1], "jid": "aaaaaaaaaaaaaaaaaaaaaaaa", "queue": "default", "retry_count": 25});
    kit.command(&["ZADD", "dead", "1", &job.to_string()]);
    let output = kit.run(&["retry-dead", "aaaaaaaaaaaaaaaaaaaaaaaa"]);
    kit.assert("the exit code is 0", output.status.success());
    kit.assert_eq(
        "the job is no longer in `dead`",
        kit.query::<usize>(&["ZCARD", "dead"]),
        0,
    );
    kit.assert_eq("it is in its queue", kit.list("queue:default").len(), 1);
}
