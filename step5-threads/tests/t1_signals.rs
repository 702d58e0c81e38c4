//! Task 5.1: what each processor is doing.

use serde_json::json;
use testkit::Signal;

use crate::support::JID;

/// Catches: a log of the running jobs without the idle processors, or without their numbers.
#[test]
fn logs_each_processor_on_ttin() {
    let kit = testkit::kit!();
    let program = kit.start(&["work", "-c", "3"]);
    // An earlier signal would have its default action, which suspends the process.
    kit.eventually("it waits for jobs", || kit.blocked() > 0);
    let job = json!({"class": "SlowWorker", "args": [60_000], "jid": JID});
    kit.push("default", job.to_string());
    kit.eventually("the log shows the running job", || {
        program.signal(Signal::SIGTTIN);
        program.stderr().contains(JID)
    });
    let line = |parts: &[&str]| {
        let log = program.stderr();
        log.lines().any(|line| parts.iter().all(|part| line.contains(part)))
    };
    for number in 0..3 {
        kit.eventually("each processor has a line", || line(&[&format!("processor={number}")]));
    }
    kit.assert(
        "the line of the job contains its processor, its class and the elapsed time",
        line(&["processor=", JID, "SlowWorker", "elapsed", "running"]),
    );
    kit.assert("the others are idle", line(&["processor=", "idle"]));
}
