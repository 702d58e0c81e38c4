//! The log of jobs that fail. In this step they are dropped; from step 3 on the log also contains
//! the decision about each job.

use serde_json::{Value, json};

use super::program::one_line;
use crate::support::{api, work};

/// An operator has only the log. Catches: no line; two lines; a failure that looks like a success, or
/// that an operator who reads only warnings would not see; a malformed message without its reason.
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
    let malformed: [(&str, &str); 2] = [("no job at all", ""), (r#"{"class":["A"]}"#, "`class`")];
    for (message, reason) in malformed {
        kit.lpush("queue:default", &[message.as_bytes()]);
        let line = kit.wait_for("a malformed message is shown in the log", || {
            let log = program.stderr();
            // The payload is one field of the line, and may be quoted.
            let line = log.lines().find(|line| line.replace('\\', "").contains(message));
            line.map(str::to_owned)
        });
        kit.assert(
            &format!("the line is a warning that contains the reason ({reason}): {line}"),
            line.contains("WARN") && line.contains(reason),
        );
    }
}

/// A line for each wait would be 172,800 lines a day. Catches: a wait without a job that is logged.
#[test]
fn logs_nothing_while_idle() {
    let kit = testkit::kit!();
    let program = work(&kit, &[]);
    let waits = || {
        let commands = kit.commands();
        commands
            .iter()
            .filter(|command| command.contains("queue:default"))
            .count()
    };
    let logged = program.stderr();
    let before = waits();
    kit.eventually("it waits twice more", || waits() >= before + 2);
    kit.assert_eq("the log is the same as before", program.stderr(), logged);
}
