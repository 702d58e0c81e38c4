//! Which events the log of `work` contains, and which not.

use serde_json::json;

use crate::support::{JID, WORK, lines, push, work};

/// Catches: an option that is ignored.
#[test]
fn logs_only_events_of_the_chosen_level() {
    let kit = testkit::kit!();
    let program = work(&kit, &["--log", "warn"]);
    let failing = "bbbbbbbbbbbbbbbbbbbbbbbb";
    push(&kit, &json!({"class": "SlowWorker", "args": [1], "jid": JID}));
    push(
        &kit,
        &json!({"class": "FailWorker", "args": ["out of luck"], "jid": failing}),
    );
    kit.eventually("the failure is logged", || !lines(&program, failing).is_empty());
    kit.assert_eq("the success is not", lines(&program, JID).len(), 0);
}

/// An operator searches for a class by its name. Catches: the JSON text of the class, with its
/// quotes and escapes.
#[test]
fn logs_the_class_without_the_quotes_of_json() {
    let kit = testkit::kit!();
    let program = work(&kit, &[]);
    let failing = "bbbbbbbbbbbbbbbbbbbbbbbb";
    push(&kit, &json!({"class": "SlowWorker", "args": [1], "jid": JID}));
    push(
        &kit,
        &json!({"class": "FailWorker", "args": ["out of luck"], "jid": failing}),
    );
    for jid in [JID, failing] {
        let line = kit.wait_for("the job has a line", || lines(&program, jid).pop());
        kit.assert(&format!("the line has no escaped quote: {line}"), !line.contains('\\'));
    }
}

/// Redis runs, so a monitor of Redis shows nothing. Catches: a log that only contains outages; a
/// line for each attempt.
#[test]
fn logs_once_that_redis_refuses_a_command() {
    let kit = testkit::kit!();
    let program = work(&kit, &[]);
    kit.command(&["SET", "queue:default", "no list"]);
    let refusals = || {
        let log = program.stderr();
        let found = log.lines().filter(|line| line.contains("WRONGTYPE"));
        found.map(str::to_owned).collect::<Vec<_>>()
    };
    kit.eventually("the refusal is logged", || !refusals().is_empty());
    let attempts = || {
        let commands = kit.commands();
        commands
            .iter()
            .filter(|command| command.contains("queue:default"))
            .count()
    };
    let before = attempts();
    kit.eventually("the command is tried twice more", || attempts() > before + 1);
    let refusals = refusals();
    kit.assert(
        &format!("there is one line, an error or a warning: {refusals:?}"),
        refusals.len() == 1 && (refusals[0].contains("ERROR") || refusals[0].contains("WARN")),
    );
    kit.command(&["DEL", "queue:default"]);
    push(&kit, &json!({"class": "SlowWorker", "args": [1], "jid": JID}));
    kit.eventually("afterwards, jobs are performed", || !lines(&program, JID).is_empty());
}

/// Logs are kept, and read by other people. Catches: a line with the URL of Redis.
#[test]
fn never_logs_the_password_of_redis() {
    let kit = testkit::kit!(own);
    kit.command(&["ACL", "SETUSER", "worker", "on", ">s3cret", "allkeys", "+@all"]);
    let proxy = kit.proxy();
    let url = proxy.url().replace("redis://", "redis://worker:s3cret@");
    let program = kit.start(&[&["--redis", &url], WORK].concat());
    kit.eventually("it waits for jobs", || kit.blocked() > 0);
    proxy.refuse();
    proxy.cut();
    kit.eventually("the outage is logged", || {
        program.stderr().contains("cannot reach Redis")
    });
    proxy.accept();
    kit.eventually("its end is logged", || program.stderr().contains("is back"));
    let log = program.stderr();
    kit.assert(
        &format!("the log does not contain the password: {log}"),
        !log.contains("s3cret"),
    );
}
