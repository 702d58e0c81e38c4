//! The data that Sidekiq's Web UI shows of a process.

use serde_json::{Value, json};
use sidepunch::{Client, Stats};

use super::common::{field, push, run};
use crate::server::{identity, keys_with, sent};

/// Sidekiq 6, 7 and 8 read different fields, and all of them must be there.
#[test]
fn reports_the_process_to_the_web_ui() {
    let kit = testkit::kit!();
    let running = run(&kit);
    let identity = identity(&kit);
    let info: Value = serde_json::from_str(&field(&kit, &identity, "info")).unwrap_or_default();
    kit.assert_eq("identity", info["identity"].as_str(), Some(&*identity));
    let parts: Vec<&str> = identity.rsplitn(3, ':').collect();
    kit.assert_eq(
        "the identity contains the pid",
        parts[1].to_owned(),
        std::process::id().to_string(),
    );
    let nonce = parts[0].len() == 12 && parts[0].bytes().all(|byte| byte.is_ascii_hexdigit());
    kit.assert("and ends with 12 hex digits", nonce);
    kit.assert_eq("pid", info["pid"].as_u64(), Some(std::process::id().into()));
    kit.assert_eq("queues", info["queues"].clone(), json!(["default", "low"]));
    kit.assert_eq("weights", info["weights"].clone(), json!([{"default": 2, "low": 1}]));
    let concurrency = field(&kit, &identity, "concurrency");
    kit.assert_eq(
        "concurrency, for Sidekiq up to 8.1.1 and later",
        info["concurrency"].to_string(),
        concurrency,
    );
    kit.assert("started_at is a float in seconds", info["started_at"].is_f64());
    let heartbeats = sent(&kit, "rtt_us");
    kit.eventually("two more heartbeats are over", || sent(&kit, "rtt_us") > heartbeats + 2);
    let later: Value = serde_json::from_str(&field(&kit, &identity, "info")).unwrap_or_default();
    kit.assert_eq("and stays the same", &later["started_at"], &info["started_at"]);
    let others = ["labels", "tag", "version", "embedded"];
    kit.assert("no field is missing", others.iter().all(|key| !info[*key].is_null()));
    let uname = std::process::Command::new("uname").arg("-n").output();
    let host = uname.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let host = host.unwrap_or_default();
    kit.assert_eq(
        "hostname is the name of this machine",
        info["hostname"].as_str(),
        Some(&*host),
    );
    kit.assert_eq("and identity begins with it", parts[2], &*host);
    let beat: f64 = field(&kit, &identity, "beat").parse().unwrap_or_default();
    let now: (f64, f64) = kit.query(&["TIME"]);
    kit.assert("the last heartbeat was just now", (now.0 - beat).abs() < 30.0);
    kit.assert_eq("it is not quiet", field(&kit, &identity, "quiet"), "false".to_owned());
    for number in ["busy", "rtt_us", "rss"] {
        kit.assert(number, field(&kit, &identity, number).parse::<u64>().is_ok());
    }
    // A test program with a Redis client needs more than a megabyte.
    let kilobytes: u64 = field(&kit, &identity, "rss").parse().unwrap_or_default();
    let known = std::path::Path::new("/proc/self/status").exists();
    kit.assert(
        &format!("rss is the memory that it uses, in kilobytes, got {kilobytes}"),
        !known || (1_000..10_000_000).contains(&kilobytes),
    );
    let left: i64 = kit.query(&["TTL", &identity]);
    kit.assert(
        &format!("its key expires after 60 s without a heartbeat, got {left}"),
        (50..=60).contains(&left),
    );
    running.stop();
    let left = keys_with(&kit, &identity);
    kit.assert_eq("after its end no key of it is left", left, Vec::<String>::new());
    kit.assert_eq("nor in `processes`", kit.query::<usize>(&["SCARD", "processes"]), 0);
}

/// Sidekiq's Web UI lists busy jobs. The keys have different names in 6.4 and in later versions.
#[test]
fn reports_running_jobs_to_the_web_ui() {
    let kit = testkit::kit!();
    let running = run(&kit);
    let identity = identity(&kit);
    let job = push(&kit);
    kit.eventually("the job begins", || running.begun.try_recv().is_ok());
    let (begun, _): (u64, u64) = kit.query(&["TIME"]);
    kit.eventually("it runs during several heartbeats", || {
        field(&kit, &identity, "beat").parse().unwrap_or(0.0) > begun as f64 + 2.0
    });
    for name in ["work", "workers"] {
        let key = format!("{identity}:{name}");
        kit.eventually(&format!("{key} contains it"), || {
            kit.query::<usize>(&["HLEN", &key]) == 1
        });
        let work: Vec<String> = kit.query(&["HVALS", &key]);
        let work: Value = serde_json::from_str(&work[0]).unwrap_or_default();
        kit.assert_eq("its queue", work["queue"].as_str(), Some("default"));
        kit.assert_eq("its payload, as a string", work["payload"].as_str(), Some(&*job));
        let since = work["run_at"].as_u64().unwrap_or_default();
        kit.assert(
            &format!("run_at is its start in whole seconds, at most 10 s before {begun}, got {since}"),
            (begun.saturating_sub(10)..=begun).contains(&since),
        );
        kit.assert("the key expires", kit.query::<i64>(&["TTL", &key]) > 0);
    }
    kit.eventually("it counts as busy", || field(&kit, &identity, "busy") == "1");
    let stats = Client::connect(&kit.url())
        .and_then(|client| client.stats())
        .expect("Redis is there");
    kit.assert_eq("also in the statistics", (stats.busy, stats.processes), (1, 1));
    running.gate.open();
    kit.eventually("then no job is busy", || field(&kit, &identity, "busy") == "0");
    kit.eventually("nothing runs", || !kit.keys().contains(&format!("{identity}:work")));
    running.stop();
}

/// Catches: a heartbeat that a full Redis refuses, so that Sidekiq's Web UI does not show the live
/// processes.
#[test]
fn reports_the_process_when_redis_is_full() {
    let kit = testkit::kit!(own);
    kit.command(&["CONFIG", "SET", "maxmemory", "1"]);
    let running = run(&kit);
    let identity = identity(&kit);
    kit.assert_eq("it reports that it is idle", field(&kit, &identity, "busy"), "0");
    kit.command(&["CONFIG", "SET", "maxmemory", "0"]);
    running.stop();
}

/// An operator sees these numbers first.
#[test]
fn returns_the_statistics_of_sidekiqs_web_ui() {
    let kit = testkit::kit!();
    let client = Client::connect(&kit.url()).expect("a URL of a Redis");
    kit.command(&["MSET", "stat:processed", "12", "stat:failed", "3"]);
    kit.command(&["SADD", "queues", "a", "b"]);
    kit.command(&["LPUSH", "queue:a", "x", "y"]);
    kit.command(&["LPUSH", "queue:b", "z"]);
    kit.command(&["ZADD", "retry", "1", "x"]);
    kit.command(&["ZADD", "schedule", "1", "x", "2", "y"]);
    kit.command(&["ZADD", "dead", "1", "x", "2", "y", "3", "z", "4", "u"]);
    kit.command(&["SADD", "processes", "p:1:a", "p:2:b"]);
    kit.command(&["HSET", "p:1:a", "busy", "7"]);
    let stats = client.stats().expect("Redis is there");
    let expected = Stats {
        processed: 12,
        failed: 3,
        busy: 7,
        enqueued: 3,
        retries: 1,
        scheduled: 2,
        dead: 4,
        processes: 2,
        unreadable: Vec::new(),
    };
    kit.assert_eq("all numbers are right", stats, expected);
    let output = String::from_utf8_lossy(&kit.run(&["stats"]).stdout).into_owned();
    let rows: Vec<Vec<&str>> = output.lines().map(|line| line.split_whitespace().collect()).collect();
    let expected = [
        ["processed", "12"],
        ["failed", "3"],
        ["busy", "7"],
        ["enqueued", "3"],
        ["retries", "1"],
        ["scheduled", "2"],
        ["dead", "4"],
        ["processes", "2"],
    ];
    kit.assert_eq(
        "the program prints them, each with its name",
        rows,
        expected.map(Vec::from).to_vec(),
    );
}

/// Any program can write to Redis. Catches: one odd value that hides all numbers, or that is left
/// out without a word; a sum that overflows.
#[test]
fn statistics_name_what_they_cannot_read() {
    let kit = testkit::kit!();
    let client = Client::connect(&kit.url()).expect("a URL of a Redis");
    kit.command(&["MSET", "stat:processed", "-3", "stat:failed", "3", "queue:odd", "x"]);
    kit.command(&[b"SADD".as_slice(), b"queues", b"b\xff", b"odd"]);
    kit.command(&[b"LPUSH".as_slice(), b"queue:b\xff", b"x"]);
    kit.command(&["LPUSH", "dead", "x"]);
    kit.command(&["SADD", "processes", "p:1:a", "p:2:b", "p:3:c"]);
    kit.command(&["HSET", "p:1:a", "busy", "x"]);
    let most = u64::MAX.to_string();
    kit.command(&["HSET", "p:2:b", "busy", &most]);
    kit.command(&["HSET", "p:3:c", "busy", "7"]);
    let mut stats = client.stats().expect("Redis is there");
    stats.unreadable.sort();
    let unreadable = ["dead", "p:1:a", "queue:odd", "stat:processed"];
    kit.assert_eq(
        "four keys cannot be read",
        stats.unreadable,
        unreadable.map(str::to_owned).to_vec(),
    );
    kit.assert_eq("the other numbers are right", (stats.failed, stats.enqueued), (3, 1));
    kit.assert_eq("a sum has a limit", stats.busy, u64::MAX);
    let output = String::from_utf8_lossy(&kit.run(&["stats"]).stdout).into_owned();
    let line = output.lines().find(|line| line.starts_with("cannot be read: "));
    kit.assert(
        &format!("the program names them: {output}"),
        line.is_some_and(|line| line.contains("queue:odd")),
    );
}
