//! The log of the program, for a worker that panics.

use serde_json::{Value, json};

use crate::support::{push, work};

/// The message of a panic is printed, too, before the failure is logged. Catches: a message that
/// begins a line of its own, or that is as long as the producer wants, or that hides the decision
/// about the job; only the first line of the message.
#[test]
fn prints_a_panic_on_one_line() {
    let kit = testkit::kit!();
    kit.expect_panic("INFO done");
    let program = work(&kit, &[]);
    let forged = format!("2026-11-29T00:00:00Z  INFO done\n\u{1b}[2J{}", "é".repeat(20_000));
    push(&kit, &json!({"class": "PanicWorker", "args": [forged], "jid": "aaaa"}));
    kit.eventually("the failure is logged", || program.stderr().contains("aaaa"));
    let log = program.stderr();
    let lines: Vec<&str> = log.lines().collect();
    kit.assert_eq("the panic is one line, and the failure another one", lines.len(), 2);
    kit.assert(
        "the first one names the thread and the place",
        lines[0].starts_with("thread ") && lines[0].contains("panic.rs:"),
    );
    kit.assert(
        &format!("the second one ends with the decision: {}", lines[1].len()),
        lines[1].contains("to be retried"),
    );
    for line in lines {
        let start: String = line.chars().take(300).collect();
        kit.assert(
            &format!("it contains the message: {start}"),
            line.contains("panicked") && line.contains("INFO done") && line.contains('é'),
        );
        kit.assert(
            &format!("control characters are escaped: {start}"),
            !line.contains(char::is_control),
        );
        kit.assert(
            &format!("it is short, got {} bytes: {start}", line.len()),
            line.len() <= 2_300,
        );
    }
}

/// An operator finds the job by the jid in the log. Catches: a line without the jid that the failed
/// job has been given, or with an empty one.
#[test]
fn logs_a_failed_job_under_the_jid_that_it_was_given() {
    let kit = testkit::kit!();
    let program = work(&kit, &[]);
    push(&kit, &json!({"class": "FailWorker", "args": ["out of luck"]}));
    kit.eventually("the failed job is stored", || {
        kit.query::<usize>(&["ZCARD", "retry"]) == 1
    });
    let retries: Vec<String> = kit.query(&["ZRANGE", "retry", "0", "-1"]);
    let job: Value = serde_json::from_str(&retries[0]).expect("it is JSON");
    let jid = job["jid"].as_str().unwrap_or_default();
    kit.eventually(&format!("the line of the failure contains the jid {jid:?}"), || {
        let log = program.stderr();
        let line = log.lines().find(|line| line.contains("out of luck"));
        line.is_some_and(|line| !jid.is_empty() && line.contains(jid))
    });
}
