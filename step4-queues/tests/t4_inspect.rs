//! Task 4.4: reading and clearing queues from outside.

use serde_json::json;
use sidepunch::{Client, Error};
use testkit::Kit;

const NOW: f64 = 1_795_454_181.25;

fn client(kit: &Kit) -> Client {
    Client::connect(&kit.url()).expect("the kit's URL is one of a Redis")
}

fn push(kit: &Kit, queue: &str, payload: &str) {
    kit.command(&["SADD", "queues", queue]);
    kit.lpush(&format!("queue:{queue}"), &[payload.as_bytes()]);
}

/// Returns the value of a result, and fails the test if it is an error.
fn ok<T>(kit: &Kit, result: Result<T, Error>) -> T {
    result.unwrap_or_else(|error| kit.fail(&format!("Redis is there, but the call returned an error: {error}")))
}

/// Catches: the size of another key; an error for an empty queue; an end at a round number.
#[test]
fn size_counts_the_jobs() {
    let kit = testkit::kit!();
    let queue = client(&kit).queue("low");
    kit.assert_eq("an empty queue has no jobs", ok(&kit, queue.size()), 0);
    for _ in 0..3 {
        push(&kit, "low", "{}");
    }
    push(&kit, "other", "{}");
    kit.assert_eq("the queue has three jobs", ok(&kit, queue.size()), 3);
    kit.lpush("queue:low", &[&b"{}"[..]; 1_200]);
    kit.assert_eq("and 1,200 more", ok(&kit, queue.size()), 1_203);
    kit.assert_eq("all of them can be seen", ok(&kit, queue.peek(2_000)).len(), 1_203);
}

/// Catches: the age of the newest job; milliseconds read as seconds; a malformed job that ends the
/// call.
#[test]
fn latency_returns_the_age_of_the_next_job() {
    let kit = testkit::kit!();
    for (enqueued_at, latency, why) in [
        ("1795454121.25", 60.0, "a float is in seconds"),
        (
            "1795454121250",
            60.0,
            "an integer is in milliseconds, as Sidekiq 8 writes it",
        ),
        ("179545412125e-2", 60.0, "a number with an exponent is a float"),
        ("1795454181.25", 0.0, "it was enqueued just now"),
        (
            "1795454200.0",
            0.0,
            "the latency is never negative, also if a clock is ahead",
        ),
        ("null", 0.0, "the time is unknown"),
        ("\"1795454121.25\"", 0.0, "a string is not a time"),
        ("1000", NOW - 1.0, "also a small integer is in milliseconds"),
    ] {
        kit.command(&["DEL", "queue:low"]);
        push(
            &kit,
            "low",
            &format!(r#"{{"class":"A","args":[],"enqueued_at":{enqueued_at}}}"#),
        );
        push(&kit, "low", r#"{"class":"A","args":[],"enqueued_at":1795454180.25}"#);
        let got = ok(&kit, client(&kit).queue("low").latency(NOW));
        kit.assert_eq(
            &format!("the latency, if the next job has enqueued_at {enqueued_at}: {why}"),
            got,
            latency,
        );
    }
    for payload in [
        "",
        "not json",
        r#"{"class":"A","args":[]}"#,
        r#"{"class":"A","args":[],"created_at":1795454121.25}"#,
        r#"{"class":"A","args":"x","enqueued_at":1795454121.25}"#,
        r#"{"enqueued_at":1795454121.25}"#,
    ] {
        kit.command(&["DEL", "queue:low"]);
        push(&kit, "low", payload);
        let got = ok(&kit, client(&kit).queue("low").latency(NOW));
        kit.assert_eq(&format!("the latency, if the next job is {payload:?}"), got, 0.0);
    }
    kit.assert_eq(
        "the latency of an empty queue",
        ok(&kit, client(&kit).queue("empty").latency(NOW)),
        0.0,
    );
}

/// Catches: the head instead of the tail; one job too many; a job that is removed; a count that
/// overflows.
#[test]
fn peek_returns_the_next_jobs() {
    let kit = testkit::kit!();
    kit.lpush("queue:low", &[b"1", b"2 \xff", b"3", b"4"]);
    let queue = client(&kit).queue("low");
    let all: [&[u8]; 4] = [b"1", b"2 \xff", b"3", b"4"];
    for count in [0_usize, 1, 2, 4, 100, 1 << 31, u32::MAX as usize] {
        let expected: Vec<Vec<u8>> = all.iter().take(count).map(|payload| payload.to_vec()).collect();
        let seen = ok(&kit, queue.peek(count as u32));
        kit.assert_eq(&format!("the next {count} jobs, the next one first"), seen, expected);
    }
    kit.assert_eq("the jobs stay where they are", kit.list("queue:low").len(), 4);
    kit.assert_eq(
        "an empty queue returns none",
        ok(&kit, client(&kit).queue("empty").peek(5)),
        Vec::<Vec<u8>>::new(),
    );
}

/// Catches: a name that stays; another queue that is removed; two steps, between which a push would
/// be lost; a count that differs from the number of removed jobs.
#[test]
fn clear_removes_the_jobs_and_the_name() {
    let kit = testkit::kit!();
    for _ in 0..3 {
        push(&kit, "low", "{}");
    }
    push(&kit, "other", "{}");
    kit.assert_eq(
        "three jobs were removed",
        ok(&kit, client(&kit).queue("low").clear()),
        3,
    );
    let commands = kit.commands();
    kit.assert_eq(
        "its list is gone, and the other is not",
        kit.keys(),
        vec!["queue:other", "queues"],
    );
    let names: Vec<String> = kit.query(&["SMEMBERS", "queues"]);
    kit.assert_eq("so is its name", names, vec!["other"]);
    kit.command(&["SADD", "queues", "empty"]);
    kit.assert_eq(
        "an empty queue loses no job",
        ok(&kit, client(&kit).queue("empty").clear()),
        0,
    );
    let names: Vec<String> = kit.query(&["SMEMBERS", "queues"]);
    kit.assert_eq("but its name is removed", names, vec!["other"]);
    kit.assert_eq(
        "a queue that is gone loses no job",
        ok(&kit, client(&kit).queue("low").clear()),
        0,
    );
    // An atomic step is the commands of a MULTI, or of one script.
    let multi: Vec<&String> = commands
        .iter()
        .skip_while(|command| !command.starts_with("MULTI"))
        .take_while(|command| !command.starts_with("EXEC"))
        .collect();
    let scripts = commands.split(|command| !command.starts_with("lua: "));
    let steps: Vec<Vec<&String>> = scripts.map(|script| script.iter().collect()).chain([multi]).collect();
    let step = steps.iter().find(|step| {
        let has = |part| step.iter().any(|command| command.contains(part));
        has("SREM \"queues\" \"low\"") && step.iter().any(|command| removes(command))
    });
    kit.assert(
        &format!("the list and the name are removed atomically, by a MULTI or a script: {commands:?}"),
        step.is_some(),
    );
    let counted = step.is_some_and(|step| step.iter().any(|command| counts(command)));
    let watched = commands
        .iter()
        .any(|command| command.starts_with("WATCH \"queue:low\""));
    kit.assert(
        &format!("the list is counted in the same step, or watched before: {commands:?}"),
        counted || watched,
    );
}

fn removes(command: &str) -> bool {
    let names = ["DEL", "UNLINK", "LTRIM", "RENAME", "LPOP", "RPOP"];
    command.contains("\"queue:low\"") && names.iter().any(|name| command.contains(name))
}

fn counts(command: &str) -> bool {
    let names = ["LLEN", "LRANGE", "LPOP", "RPOP"];
    command.contains("\"queue:low\"") && names.iter().any(|name| command.contains(name))
}

/// Catches: `KEYS` instead of the set, which omits an empty queue; an unsorted list.
#[test]
fn lists_all_queues() {
    let kit = testkit::kit!();
    kit.assert_eq("there are none yet", ok(&kit, client(&kit).queues()).len(), 0);
    // So many that a set does not return them in order by chance.
    let mut pushed = [
        "low", "critical", "mailers", "é", "a b", "reports", "exports", "default", "searches", "imports",
    ];
    for name in pushed {
        push(&kit, name, "{}");
    }
    kit.command(&["DEL", "queue:critical"]);
    kit.lpush("queue:unknown", &[b"{}"]);
    pushed.sort_unstable();
    let names: Vec<String> = ok(&kit, client(&kit).queues())
        .iter()
        .map(|queue| queue.name().to_owned())
        .collect();
    kit.assert_eq(
        "the names in `queues`, sorted",
        names,
        pushed.map(str::to_owned).to_vec(),
    );
    let size = ok(&kit, client(&kit).queue("low").size());
    kit.assert_eq("each can be read", size, 1);
}

/// Catches: a panic; a 0 for an unknown size; a `clear` that removes data that it cannot count, or
/// whose name it cannot remove; one that removes the name of a list that it cannot delete.
#[test]
fn queue_methods_return_redis_errors() {
    let kit = testkit::kit!();
    kit.command(&["SET", "queue:low", "no list"]);
    kit.command(&["SADD", "queues", "low"]);
    let queue = client(&kit).queue("low");
    let (size, latency) = (queue.size().err(), queue.latency(NOW).err());
    let (peek, clear) = (queue.peek(1).err(), queue.clear().err());
    for (what, error) in [("size", size), ("latency", latency), ("peek", peek), ("clear", clear)] {
        let sentence = format!("{what} of a key of another type leads to Error::Refused, got {error:?}");
        kit.assert(&sentence, matches!(error, Some(Error::Refused { .. })));
    }
    let left: String = kit.query(&["GET", "queue:low"]);
    let is_listed: bool = kit.query(&["SISMEMBER", "queues", "low"]);
    kit.assert_eq("both are unchanged", (left.as_str(), is_listed), ("no list", true));
    kit.command(&["DEL", "queue:low", "queues"]);
    kit.lpush("queue:low", &[b"{}"]);
    kit.command(&["SET", "queues", "no set"]);
    let refused = client(&kit).queue("low").clear();
    let sentence = format!("clear without a set of names leads to Error::Refused, got {refused:?}");
    kit.assert(&sentence, matches!(refused, Err(Error::Refused { .. })));
    kit.assert_eq("and the jobs are still there", kit.list("queue:low").len(), 1);
}

/// Catches: a table without the empty queues; columns without a space between them; a name that
/// moves the cursor.
#[test]
fn queues_prints_a_table() {
    let kit = testkit::kit!();
    let old = std::time::UNIX_EPOCH
        .elapsed()
        .expect("a clock after 1970")
        .as_secs_f64()
        - 3_600.0;
    for _ in 0..12 {
        push(
            &kit,
            "low",
            &json!({"class": "A", "args": [], "enqueued_at": old}).to_string(),
        );
    }
    push(&kit, "with space", "{}");
    push(&kit, "\u{1b}[2Jhostile", "{}");
    kit.command(&["SADD", "queues", "critical"]);
    let output = kit.run(&["queues"]);
    kit.assert("the exit code is 0", output.status.success());
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let rows: Vec<Vec<&str>> = stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    let row = |name: &str| rows.iter().find(|row| row[0] == name).map(|row| row[1..].to_vec());
    kit.assert_eq("a heading and four queues", rows.len(), 5);
    kit.assert_eq("low: the size", row("low").map(|row| row[0]), Some("12"));
    let latency = row("low").and_then(|row| row[1].parse::<f64>().ok());
    kit.assert(
        &format!("low: the latency in seconds, about an hour: {stdout}"),
        latency.is_some_and(|latency| (3_599.0..3_700.0).contains(&latency)),
    );
    kit.assert_eq("critical: empty", row("critical").map(|row| row[0]), Some("0"));
    kit.assert("no control character reaches the terminal", !stdout.contains('\u{1b}'));
}

/// Any program can write to Redis. Catches: one odd queue that hides the others, or that is left
/// out.
#[test]
fn queues_marks_what_it_cannot_read() {
    let kit = testkit::kit!();
    push(&kit, "low", "{}");
    kit.command(&[b"SADD".as_slice(), b"queues", b"b\xff\xfe", b"odd"]);
    kit.command(&["SET", "queue:odd", "no list"]);
    let output = kit.run(&["queues"]);
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let rows: Vec<Vec<&str>> = stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    for row in [
        &["low", "1", "0.0", "s"][..],
        &["odd", "?", "WRONGTYPE"],
        &["b\\xff\\xfe", "?", "not", "UTF-8"],
    ] {
        kit.assert(
            &format!("there is a line {row:?}: {stdout}"),
            rows.iter().any(|line| line == row),
        );
    }
    kit.assert("the exit code is 0", output.status.success());
}
