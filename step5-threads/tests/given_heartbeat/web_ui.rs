//! The data that Sidekiq's Web UI shows of a process, and the signals that it sends.

use std::net::TcpListener;

use serde_json::{Value, json};
use sidepunch::{Client, Stats};

use super::common::{field, lease_holder, push, run};
use crate::server::{card, identity, keys_with};

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

/// The buttons "Quiet" and "Stop" of Sidekiq's Web UI.
#[test]
fn handles_signals_from_the_web_ui() {
    let kit = testkit::kit!();
    let running = run(&kit);
    let identity = identity(&kit);
    let signals = format!("{identity}-signals");
    kit.command(&["LPUSH", &signals, "TSTP"]);
    kit.eventually("after TSTP it reports that it is quiet", || {
        field(&kit, &identity, "quiet") == "true"
    });
    let (quiet, _): (u64, u64) = kit.query(&["TIME"]);
    kit.eventually("it goes on with its heartbeats", || {
        field(&kit, &identity, "beat").parse().unwrap_or(0.0) > quiet as f64 + 2.0
    });
    push(&kit);
    kit.command(&["LPUSH", &signals, "TERM"]);
    let ended = running.server.join("after TERM the process stops");
    kit.assert(&format!("run returns Ok(()), got {ended:?}"), ended.is_ok());
    kit.assert_eq(
        "while it was quiet, it started no job",
        kit.list("queue:default").len(),
        1,
    );
    kit.assert("the signal is removed", !kit.keys().contains(&signals));
}

/// Catches: a signal that is not read, or a process that does not deregister, because a full Redis
/// refuses a write in the same script.
#[test]
fn handles_signals_and_deregisters_when_redis_is_full() {
    let kit = testkit::kit!(own);
    let running = run(&kit);
    let signals = format!("{}-signals", identity(&kit));
    // Atomically, otherwise the process would handle the signal before.
    redis::pipe()
        .atomic()
        .lpush(&signals, "TERM")
        .cmd("CONFIG")
        .arg(&["SET", "maxmemory", "1"])
        .exec(&mut kit.redis())
        .expect("a full Redis");
    let ended = running.server.join("after TERM the process stops");
    kit.assert(&format!("run returns Ok(()), got {ended:?}"), ended.is_ok());
    let left: (usize, usize) = (card(&kit, "sidepunch:leases"), kit.query(&["SCARD", "processes"]));
    kit.assert_eq("the process has deregistered", left, (0, 0));
    kit.command(&["CONFIG", "SET", "maxmemory", "0"]);
}

/// Catches: a signal that is lost, because the heartbeat of the same round trip is refused.
#[test]
fn handles_signals_although_the_heartbeat_is_refused() {
    let kit = testkit::kit!();
    kit.command(&["SET", "processes", "x"]);
    let running = run(&kit);
    kit.command(&["LPUSH", &format!("{}-signals", lease_holder(&kit)), "TERM"]);
    let ended = running.server.join("after TERM the process stops");
    kit.assert(&format!("run returns Ok(()), got {ended:?}"), ended.is_ok());
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

/// A deploy sends TSTP first, minutes before TERM. If you cannot wait, you press Ctrl-C twice,
/// which sends INT twice.
#[test]
fn handles_unix_signals() {
    let kit = testkit::kit!();
    let program = kit.start(&["work", "-c", "1"]);
    kit.eventually("it waits for jobs", || kit.blocked() > 0);
    kit.assert_eq(
        "-c is the number of threads",
        field(&kit, &identity(&kit), "concurrency"),
        "1".to_owned(),
    );
    let pid = program.pid().to_string();
    let signal = std::process::Command::new("kill").args(["-TSTP", &pid]).status();
    kit.assert("the signal is sent", signal.is_ok_and(|status| status.success()));
    kit.eventually("the log reports that it is quiet", || {
        program.stderr().contains("quiet, no new jobs")
    });
    kit.eventually("it no longer waits for jobs", || kit.blocked() == 0);
    push(&kit);
    program.interrupt();
    kit.assert_eq("it ends with exit code 0", program.wait("INT stops it").code(), Some(0));
    kit.assert_eq("the job is in its queue", kit.list("queue:default").len(), 1);

    kit.command(&["DEL", "queue:default"]);
    // An API that never replies, so that a job that calls it does not end.
    let api = TcpListener::bind("127.0.0.1:0").expect("a free port");
    api.set_nonblocking(true).expect("a socket");
    let url = format!("http://{}", api.local_addr().expect("an address"));
    let program = kit.start(&["work", "-c", "1", "--api", &url]);
    kit.lpush(
        "queue:default",
        &[br#"{"class":"UpdateCounterWorker","args":["hits","incr"]}"#],
    );
    let _call = kit.wait_for("a long job begins", || api.accept().ok());
    program.interrupt();
    kit.eventually("it is stopping", || program.stderr().contains("stopping"));
    program.interrupt();
    kit.assert_eq(
        "a second INT ends it at once",
        program.wait("it ends").code(),
        Some(130),
    );
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
    kit.assert_eq("the program prints them, one on each line", rows.len(), 8);
    kit.assert(
        "each with its name",
        rows.contains(&vec!["enqueued", "3"]) && rows.contains(&vec!["processed", "12"]),
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
