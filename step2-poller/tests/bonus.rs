//! The chapter's bonuses. Ours does neither: take an `#[ignore]` away, and go further than we did.

use serde_json::json;

/// Whoever presses Ctrl-C twice means it.
#[test]
#[ignore = "bonus 1: see docs/step2-loop.md"]
fn exits_at_once_on_a_second_signal() {
    let kit = testkit::kit!();
    let program = kit.start(&["work"]);
    kit.eventually("`work` waits for jobs", || kit.blocked() == 1);
    kit.lpush(
        "queue:default",
        &[json!({"class": "SlowWorker", "args": [60_000]}).to_string().as_bytes()],
    );
    kit.eventually("the job of a minute is fetched", || {
        kit.list("queue:default").is_empty()
    });
    program.interrupt();
    kit.eventually("the first signal is seen", || program.stderr().contains("stopping"));
    program.interrupt();
    let status = program.wait("the second signal ends the program, in the middle of the job");
    kit.assert("and that is no success", !status.success());
}

/// A log is no place for somebody's megabyte.
#[test]
#[ignore = "bonus 2: see docs/step2-loop.md"]
fn truncates_a_malformed_message_in_the_log() {
    let kit = testkit::kit!();
    let program = kit.start(&["work"]);
    kit.eventually("`work` waits for jobs", || kit.blocked() == 1);
    kit.lpush("queue:default", &["é".repeat(500_000).as_bytes()]);
    kit.eventually("the message is dropped, and the log says so", || {
        program.stderr().contains("discarded")
    });
    let longest = program.stderr().lines().map(|line| line.chars().count()).max();
    kit.assert(
        &format!("no line is over 1,000 characters: {longest:?}"),
        longest < Some(1_000),
    );
}
