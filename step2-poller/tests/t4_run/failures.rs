//! The log of jobs that fail. In this step they are dropped; from step 3 on the log also contains
//! the decision about each job.

use serde_json::{Value, json};

use super::program::one_line;
use crate::support::{api, work};

/// An operator has only the log. Catches: no line; two lines; a failure that looks like a success.
#[test]
fn logs_one_line_for_each_failure() {
    let kit = testkit::kit!();
    let api = api();
    let program = work(&kit, &["--api", &api.url()]);
    let jobs = [
        ("FailWorker", json!(["out of luck"]), "out of luck"),
        ("NewWorker", json!([]), "NewWorker"),
        ("SlowWorker", json!(["soon"]), "SlowWorker"),
        ("UpdateCounterWorker", json!(["undefined", "incr"]), "404"),
        ("UpdateCounterWorker", json!(["undefined", "double"]), "double"),
    ];
    for (number, (class, args, message)) in jobs.into_iter().enumerate() {
        let job: Value = json!({"class": class, "args": args, "jid": format!("{number:024x}")});
        one_line(&kit, &program, job, message);
    }
    kit.lpush("queue:default", &[b"no job at all"]);
    kit.eventually("an unreadable message is shown in the log", || {
        program.stderr().contains("no job at all")
    });
}
