//! What the log says of a poison pill.

use std::time::Duration;

use serde_json::json;

use crate::server::{card, job_with, keys_with};
use crate::t5_recover::common::process;

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
    let program = kit.start(&["work", "-q", "other"]);
    kit.eventually_in(Duration::from_secs(20), "the process is removed", || {
        keys_with(&kit, "crashed-host").is_empty()
    });
    program.terminate();
    program.wait("the program ends");
    let log = program.stderr();
    for (jid, is_kept) in [("discarded-pill", false), ("kept-pill", true), ("old-pill", true)] {
        let lines: Vec<&str> = log.lines().filter(|line| line.contains(jid)).collect();
        kit.assert_eq(&format!("one line contains {jid}"), lines.len(), 1);
        kit.assert(&format!("it is a warning: {}", lines[0]), lines[0].contains("WARN"));
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
