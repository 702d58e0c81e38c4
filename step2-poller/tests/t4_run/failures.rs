//! Jobs that fail, and their log. In this step they are dropped; from step 3 on the log also
//! contains the decision about each job.

use std::time::Duration;

use serde_json::{Value, json};
use sidepunch::Server;

use super::program::one_line;
use crate::support::{RunningServer, api, config, lines, push, report, work};

/// An operator has only the log. Catches: no line; two lines; a failure that looks like a success,
/// or that an operator who reads only warnings would not see; one that is logged as `discarded`; a
/// malformed message without its reason.
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
        let jid = format!("{number:024x}");
        one_line(&kit, &program, job, message);
        let line = lines(&program, &jid).remove(0);
        kit.assert(&format!("it is logged as failed: {line}"), line.contains("failed: "));
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
        kit.assert(
            &format!("it is not logged as failed: {line}"),
            !line.contains("failed: "),
        );
    }
}

/// Catches: `jid=""`, which looks like a jid.
#[test]
fn logs_a_failed_job_without_a_jid_without_this_field() {
    let kit = testkit::kit!();
    let program = work(&kit, &[]);
    push(&kit, &json!({"class": "FailWorker", "args": ["out of luck"]}));
    let line = kit.wait_for("the failure is logged", || {
        let log = program.stderr();
        let line = log.lines().find(|line| line.contains("FailWorker"));
        line.map(str::to_owned)
    });
    kit.assert(&format!("the line has no `jid`: {line}"), !line.contains("jid"));
}

/// Catches: a message that is pushed back as text, although it is not UTF-8.
#[test]
fn changes_no_byte_of_a_message_that_arrives_after_the_stop_request() {
    let kit = testkit::kit!();
    let server = Server::new(config(kit.url(), Duration::from_secs(1))).expect("a URL of a Redis");
    let running = RunningServer::start(&kit, server);
    kit.eventually("it waits for a job", || kit.blocked() == 1);
    running.server.request_stop();
    let message = b"before \xff\xfe after";
    kit.lpush("queue:default", &[message]);
    running.stop();
    let left: Vec<Vec<u8>> = kit.query(&["LRANGE", "queue:default", "0", "-1"]);
    kit.assert(
        &format!("what is left of it is unchanged: {left:?}"),
        left.iter().all(|left| left == message),
    );
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

/// Invariant 2. Catches: a pause after each job, or after one that failed.
#[test]
fn performs_a_backlog_without_a_pause() {
    let kit = testkit::kit!();
    for number in (0..1_000).step_by(4) {
        let failing = json!({"class": "ScriptedWorker", "args": [number + 2, ["fail"]], "retry": false});
        let jobs = [report(number), report(number + 1), failing].map(|job| job.to_string());
        let [first, second, failing] = jobs.each_ref().map(|job| job.as_bytes());
        kit.lpush("queue:default", &[first, second, failing, b"not a job"]);
    }
    let server = Server::new(config(kit.url(), Duration::from_millis(200))).expect("a URL of a Redis");
    let running = RunningServer::start(&kit, server);
    // With a pause of 10 ms after each job, or of 20 ms after each that failed, this takes 10 s.
    let mut begun = 0;
    kit.eventually("1,000 jobs are performed, of which 250 are not jobs", || {
        begun += running.begun.try_iter().count();
        begun >= 750
    });
    running.stop();
}
