//! All of it by a Redis user that has only the rights that it needs.

use std::time::Duration;

use serde_json::json;
use testkit::Kit;

use crate::server::{add_in_flight, card, count, keys_with, processed};

/// The page with the command that creates such a user.
const PAGE: &str = include_str!("../../../docs/what-next.md");

/// Returns the words of the command on the page.
fn acl() -> Vec<String> {
    let (_, command) = PAGE.split_once("redis-cli ACL ").unwrap_or_default();
    let (command, _) = command.split_once("```").unwrap_or_default();
    let words = command.split_whitespace().filter(|word| *word != "\\");
    let words = words.map(|word| word.trim_matches('\'').to_owned());
    ["ACL".to_owned()].into_iter().chain(words).collect()
}

/// Runs the program with this user.
fn run(kit: &Kit, url: &str, args: &[&str]) {
    let output = kit.run(&[&["--redis", url], args].concat());
    kit.assert(&format!("{args:?} succeeds, got {output:?}"), output.status.success());
}

/// Catches: a command or a key that the page does not name, so that a user with these rights can
/// not perform, retry, schedule, recover, report, or stop.
#[test]
fn works_with_the_rights_that_the_page_lists() {
    let kit = testkit::kit!(own);
    kit.command(&acl());
    let url = kit.url().replace("redis://", "redis://sidepunch:PASSWORD@");
    let slow = |milliseconds: u64| json!({"class": "SlowWorker", "args": [milliseconds]}).to_string();
    // A crashed process with two jobs, one of which is a poison pill.
    for job in [&slow(2), &slow(3)] {
        add_in_flight(&kit, "gone:1:abc", "0", "default", job);
    }
    kit.command(&["HSET", "sidepunch:crashes", &slow(3), "2"]);
    kit.command(&["ZADD", "sidepunch:leases", "1", "gone:1:abc"]);
    let args = [
        "--redis",
        &url,
        "work",
        "-c",
        "2",
        "-t",
        "0.1",
        "--poll",
        "0.2",
        "--heartbeat",
        "0.2",
    ];
    let program = kit.start(&args);
    let enqueue = |args: &[&str]| run(&kit, &url, &[&["enqueue"], args].concat());
    enqueue(&["SlowWorker", "[1]"]);
    enqueue(&["SlowWorker", "[1]", "--in", "0.5"]);
    enqueue(&["FailWorker", r#"["retried"]"#]);
    enqueue(&["FailWorker", r#"["dead"]"#, "--retry", "0"]);
    kit.lpush("queue:default", &[b"not a job"]);
    kit.command(&["ZADD", "schedule", "1", "not a job either"]);
    kit.eventually_in(Duration::from_secs(30), "the crashed process is recovered", || {
        keys_with(&kit, "gone").is_empty()
    });
    // Two of the client, the recovered one, and three that failed.
    kit.eventually("all jobs are performed", || processed(&kit) == 6);
    kit.assert_eq("three have failed", count(&kit, "stat:failed"), 3);
    kit.assert_eq("one is retried", card(&kit, "retry"), 1);
    kit.eventually("four are dead", || card(&kit, "dead") == 4);
    let identity = kit
        .query::<Vec<String>>(&["SMEMBERS", "processes"])
        .pop()
        .unwrap_or_default();
    kit.lpush("queue:default", &[slow(60_000).as_bytes()]);
    kit.eventually("a job runs, and the heartbeat publishes it", || {
        kit.query::<usize>(&["HLEN", &format!("{identity}:work")]) == 1
    });
    run(&kit, &url, &["queues"]);
    run(&kit, &url, &["stats"]);
    program.terminate();
    kit.assert_eq("it stops", program.wait("the program ends").code(), Some(0));
    kit.assert_eq(
        "the job that was running is requeued",
        kit.list("queue:default"),
        vec![slow(60_000)],
    );
    let denied: Vec<Vec<redis::Value>> = kit.query(&["ACL", "LOG"]);
    let denied: Vec<String> = denied
        .iter()
        .map(|entry| format!("{:?}", &entry[..8.min(entry.len())]))
        .collect();
    kit.assert_eq("Redis has denied nothing", denied, Vec::<String>::new());
}
