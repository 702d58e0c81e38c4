//! The chapter's bonuses. Ours does neither: take an `#[ignore]` away, and go further than we did.

use serde_json::{Value, json};

/// Sidekiq's pages show where a job failed, if it says so: `error_backtrace`, the base64 of a zlib stream of a JSON array
/// of strings. A Rust error has no backtrace; the chain of its causes is as good.
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

/// An operator who looks at a job for a week wants it gone, or run, with one command.
#[test]
#[ignore = "bonus 2: see docs/step3-due-jobs.md"]
fn requeues_a_dead_job_on_command() {
    let kit = testkit::kit!();
    let job = json!({"class": "SlowWorker", "args": [1], "jid": "aaaaaaaaaaaaaaaaaaaaaaaa", "queue": "default", "retry_count": 25});
    kit.command(&["ZADD", "dead", "1", &job.to_string()]);
    let output = kit.run(&["retry-dead", "aaaaaaaaaaaaaaaaaaaaaaaa"]);
    kit.assert("it ends well", output.status.success());
    kit.assert_eq("the job is dead no longer", kit.query::<usize>(&["ZCARD", "dead"]), 0);
    kit.assert_eq("it is in its queue", kit.list("queue:default").len(), 1);
}
