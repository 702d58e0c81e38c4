//! The bonus tasks of the chapter, which our solution does not do. Remove an `#[ignore]`, and go
//! further than we did.

use serde_json::json;

/// If you press Ctrl-C twice, you do not want to wait for the job.
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
    kit.eventually("the program has received the first signal", || {
        program.stderr().contains("stopping")
    });
    program.interrupt();
    let status = program.wait("the second signal ends the program, in the middle of the job");
    kit.assert("the exit status is not a success", !status.success());
}
