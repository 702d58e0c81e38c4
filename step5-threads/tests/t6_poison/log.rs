//! What the log says of a poison pill.

use std::time::Duration;

use serde_json::json;

use crate::server::{add_in_flight, card, job_with, keys_with, lines};
use crate::t5_recover::common::{job, process};

/// The job behind the poison pill cannot be requeued, so the recovery of the list ends. Catches: a
/// line that is kept for the end, and lost.
#[test]
fn logs_a_poison_pill_although_the_next_job_fails() {
    let kit = testkit::kit!();
    kit.command(&["SET", "queue:other", "not a list"]);
    let pill = job_with(1, &[], json!({"dead": false}));
    kit.command(&["HSET", "sidepunch:crashes", &pill, "2"]);
    // The newest job of a list is recovered first.
    process(&kit, "gone:1:abc", -1.0, "other", &[job(2), pill]);
    let program = kit.start(&["work", "-q", "default", "--lease", "0.5"]);
    kit.eventually_in(Duration::from_secs(20), "the log contains the poison pill", || {
        lines(&program, &["WARN", "000000000000000000000001", "discarded"]) == 1
    });
}

/// Catches: a payload that is left out because some of its bytes are not UTF-8.
#[test]
fn logs_a_poison_pill_that_is_not_utf8() {
    let kit = testkit::kit!();
    let pill = b"before \xff\xfe after".as_slice();
    kit.command(&[b"HSET".as_slice(), b"sidepunch:crashes", pill, b"2"]);
    add_in_flight(&kit, "gone:1:abc", "0", "other", pill);
    process(&kit, "gone:1:abc", -1.0, "other", &[]);
    let program = kit.start(&["work", "-q", "default", "--lease", "0.5"]);
    kit.eventually_in(Duration::from_secs(20), "the process is removed", || {
        keys_with(&kit, "gone:").is_empty()
    });
    program.terminate();
    program.wait("the program ends");
    kit.assert_eq(
        &format!("one line contains the text of the message: {}", program.stderr()),
        lines(&program, &["dead set", "before", "after"]),
        1,
    );
}

/// The line is the only trace of a job that is not kept. Catches: no line about it; a line that
/// sends an operator to the dead set, where the job is not; a payload that is cut before its jid.
#[test]
fn logs_whether_a_poison_pill_was_kept_or_discarded() {
    let kit = testkit::kit!();
    let jobs = [
        job_with(1, &[], json!({"jid": "discarded-pill", "dead": false})),
        job_with(2, &[&"long".repeat(50)], json!({"jid": "kept-pill", "dead": true})),
        job_with(3, &[], json!({"jid": "old-pill"})),
    ];
    // The third one has seen more crashes than a job may see.
    for (job, crashes) in jobs.iter().zip(["2", "2", "7"]) {
        kit.command(&["HSET", "sidepunch:crashes", job, crashes]);
    }
    process(&kit, "crashed-host:17:0123456789ab", -1.0, "default", &jobs);
    let program = kit.start(&["work", "-q", "other", "--lease", "0.5"]);
    kit.eventually_in(Duration::from_secs(20), "the process is removed", || {
        keys_with(&kit, "crashed-host").is_empty()
    });
    program.terminate();
    program.wait("the program ends");
    let log = program.stderr();
    for (jid, is_kept) in [("discarded-pill", false), ("kept-pill", true), ("old-pill", true)] {
        let lines: Vec<&str> = log.lines().filter(|line| line.contains(jid)).collect();
        kit.assert_eq(&format!("one line contains {jid}"), lines.len(), 1);
        kit.assert(
            &format!("it is a warning with the field `payload`: {}", lines[0]),
            lines[0].contains("WARN") && lines[0].contains(r#"payload={"args""#),
        );
        kit.assert_eq(
            &format!("it says that the job is in the dead set: {}", lines[0]),
            lines[0].contains("dead set"),
            is_kept,
        );
        kit.assert_eq(
            &format!("it says that the job was discarded: {}", lines[0]),
            lines[0].replace("discarded-pill", "").contains("discarded"),
            !is_kept,
        );
    }
    kit.assert_eq("two jobs are in the dead set", card(&kit, "dead"), 2);
    kit.assert(
        &format!("the process is not logged, because no job was requeued: {log}"),
        !log.contains("crashed-host"),
    );
}
