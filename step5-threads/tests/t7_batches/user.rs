//! All of it by a Redis user that has only the rights that it needs.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::json;
use sidepunch::Client;
use testkit::Kit;

use crate::server::{add_in_flight, card, count, keys_with, processed};

/// The command on the page `docs/what-next.md` that creates such a user.
const COMMAND: &str = r"redis-cli ACL SETUSER sidepunch on '>PASSWORD' resetchannels resetkeys \
  '~queues' '~queue:*' '~schedule' '~retry' '~dead' '~stat:*' '~processes' '~sidepunch:*' '~*:*:*' \
  -@all +auth +select +ping +client|info +client|kill +info +multi +exec +time \
  +eval +evalsha +script|load +type +del +unlink +expire +get +incrby \
  +blmove +llen +lpop +lpush +lrange +lrem +rpop +rpush +sadd +scard +sismember +smembers +srem \
  +hdel +hget +hlen +hset +hsetnx \
  +zadd +zcard +zrangebyscore +zrem +zremrangebyrank +zremrangebyscore +zscore";

/// Returns the words of the command, without `redis-cli`.
fn acl() -> Vec<&'static str> {
    let words = COMMAND.split_whitespace().filter(|word| *word != "\\");
    words.skip(1).map(|word| word.trim_matches('\'')).collect()
}

/// Returns the page, if the tests have not been copied without it.
fn page() -> Option<String> {
    let mut folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    folders.find_map(|folder| fs::read_to_string(folder.join("docs/what-next.md")).ok())
}

/// Runs the program with this user.
fn run(kit: &Kit, url: &str, args: &[&str]) {
    let output = kit.run(&[&["--redis", url], args].concat());
    kit.assert(&format!("{args:?} succeeds, got {output:?}"), output.status.success());
}

/// Catches: a command or a key that the page does not name, so that a user with these rights can
/// not perform, retry, schedule, recover, report, stop, or clear a queue.
#[test]
fn works_with_the_rights_that_the_page_lists() {
    let kit = testkit::kit!(own);
    kit.assert(
        "the page shows this command",
        page().is_none_or(|page| page.contains(COMMAND)),
    );
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
        "--lease",
        "0.5",
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
    let cleared = Client::connect(&url).and_then(|client| client.queue("default").clear());
    kit.assert_eq("a queue can be cleared", cleared.ok(), Some(1));
    let denied: Vec<Vec<redis::Value>> = kit.query(&["ACL", "LOG"]);
    let denied: Vec<String> = denied
        .iter()
        .map(|entry| format!("{:?}", &entry[..8.min(entry.len())]))
        .collect();
    kit.assert_eq("Redis has denied nothing", denied, Vec::<String>::new());
}
