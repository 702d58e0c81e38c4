//! A Redis that deletes keys when it is full.

use testkit::Kit;

use crate::support::{JID, WORK, lines, push, work};

fn set_policy(kit: &Kit, policy: &str) {
    kit.command(&["CONFIG", "SET", "maxmemory-policy", policy]);
}

fn slow() -> serde_json::Value {
    serde_json::json!({"class": "SlowWorker", "args": [1], "jid": JID})
}

/// Such a Redis deletes whole queues, and nothing else would report it. Catches: no warning; one
/// for each job; one that does not name the setting; one although the setting is right.
#[test]
fn warns_once_if_redis_evicts_keys() {
    let kit = testkit::kit!(own);
    for policy in ["allkeys-lru", "volatile-ttl", "noeviction"] {
        set_policy(&kit, policy);
        let program = work(&kit, &[]);
        push(&kit, &slow());
        kit.eventually("a job is performed", || !lines(&program, JID).is_empty());
        let log = program.stderr();
        let warnings: Vec<&str> = log.lines().filter(|line| line.contains("maxmemory-policy")).collect();
        let expected = usize::from(policy != "noeviction");
        kit.assert_eq(&format!("the warnings about {policy}"), warnings.len(), expected);
        kit.assert(
            &format!("it is a warning that names the policy: {warnings:?}"),
            warnings
                .iter()
                .all(|line| line.contains("WARN") && line.contains(policy)),
        );
    }
}

/// Catches: a program that does not start, or complains, because its user may not read the setting.
#[test]
fn starts_without_the_right_to_read_the_policy() {
    let kit = testkit::kit!(own);
    set_policy(&kit, "allkeys-lru");
    kit.command(&[
        "ACL", "SETUSER", "worker", "on", ">secret", "allkeys", "+@all", "-info", "-config",
    ]);
    let url = kit.url().replace("redis://", "redis://worker:secret@");
    let program = kit.start(&[&["--redis", &url], WORK].concat());
    push(&kit, &slow());
    kit.eventually("a job is performed", || !lines(&program, JID).is_empty());
    let log = program.stderr();
    kit.assert(
        &format!("the log contains neither a warning nor an error: {log}"),
        !log.contains("WARN") && !log.contains("ERROR"),
    );
}

/// Redis may take seconds to reveal its policy. Catches: signals that are handled only after that,
/// so that `TERM` kills the process without a line in the log.
#[test]
fn handles_a_stop_while_it_asks_for_the_policy() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    proxy.hold_replies();
    let program = kit.start(&[&["--redis", &proxy.url()], WORK].concat());
    kit.eventually("it asks Redis for the policy", || {
        kit.commands().iter().any(|command| command.starts_with("INFO"))
    });
    program.terminate();
    kit.eventually("the stop is logged", || program.stderr().contains("SIGTERM: stopping"));
    proxy.release_replies();
    let status = program.wait("the program ends when Redis replies");
    kit.assert_eq("it ends with exit code 0", status.code(), Some(0));
}
