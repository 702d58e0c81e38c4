//! The log of a call that Redis refuses.

use crate::server::{lines, sent};

/// The processors share a log, and Redis may refuse only some of their calls. Catches: a refusal
/// that is taken for an outage, so that each call of another processor logs its end, and each
/// attempt the refusal again.
#[test]
fn logs_a_refused_call_of_one_processor_once() {
    let kit = testkit::kit!();
    kit.command(&["SET", "retry", "no sorted set"]);
    let program = kit.start(&["work", "-c", "2", "--poll", "1000"]);
    kit.push(
        "default",
        r#"{"class":"FailWorker","args":["out of luck"],"jid":"abc"}"#,
    );
    let refusal = ["ERROR", "cannot acknowledge and fetch jobs", "WRONGTYPE"];
    kit.eventually("the refused call is logged", || lines(&program, &refusal) > 0);
    for attempts in 1..=3 {
        kit.push("default", r#"{"class":"SlowWorker","args":[1]}"#);
        kit.eventually("the other processor performs a job, and acknowledges it", || {
            kit.number("stat:processed") == attempts
        });
        let before = sent(&kit, "out of luck");
        kit.eventually("the refused call is repeated", || sent(&kit, "out of luck") > before);
    }
    kit.assert_eq("it is logged once", lines(&program, &["ERROR"]), 1);
    let end = ["INFO", "can acknowledge and fetch jobs again"];
    kit.assert_eq(
        "no end is logged",
        lines(&program, &end) + lines(&program, &["is back"]),
        0,
    );
    kit.command(&["DEL", "retry"]);
    kit.eventually("its end is logged", || lines(&program, &end) == 1);
}
