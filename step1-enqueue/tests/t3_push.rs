//! Task 1.3: one job, pushed onto its queue in one round trip.

use std::net::TcpListener;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use sidepunch::{Client, Error, Job};
use testkit::Kit;

fn client(kit: &Kit) -> Client {
    Client::connect(&kit.url()).expect("the kit's URL is one of a Redis")
}

fn job(payload: Value) -> Job {
    Job::parse(payload.to_string().as_bytes()).expect("the test's payload is a job")
}

/// The central test of this step. Catches: another key; a job that is not completed; times other
/// than now; a jid that is not the job's.
#[test]
fn pushes_a_complete_job() {
    let kit = testkit::kit!();
    let before = epoch_seconds();
    let jid = client(&kit)
        .push(job(json!({"class": "UpdateCounterWorker", "args": ["hits", "incr"]})))
        .expect("pushed");
    let after = epoch_seconds();

    let list = kit.list("queue:default");
    kit.assert_eq("the list queue:default contains one job", list.len(), 1);
    let payload: Value = serde_json::from_str(&list[0]).expect("the payload is JSON");
    for time in ["created_at", "enqueued_at"] {
        let seconds = payload[time].as_f64().unwrap_or_default();
        // The float may be rounded by a microsecond.
        let sentence = format!("{time} is the time of the push in seconds: {before} <= {seconds} <= {after}");
        kit.assert(&sentence, before - 1e-5 <= seconds && seconds <= after + 1e-5);
    }
    kit.assert_eq(
        "the payload is the completed job, and push returned its jid",
        payload.clone(),
        json!({"class": "UpdateCounterWorker", "args": ["hits", "incr"], "retry": true, "queue": "default", "jid": jid,
               "created_at": payload["created_at"], "enqueued_at": payload["enqueued_at"]}),
    );
}

/// A job that is pushed again stays the same job. Catches: the jid that the client would have given
/// to it; the text between its quotes, where it may be escaped.
#[test]
fn returns_the_jid_that_a_job_has() {
    let kit = testkit::kit!();
    let jid = "of another caf\u{e9}";
    let payload = br#"{"class":"AnyWorker","args":[],"jid":"of another caf\u00e9"}"#;
    let pushed = client(&kit).push(Job::parse(payload).expect("a job"));
    kit.assert_eq("push returns the jid", pushed.expect("pushed"), jid.to_owned());
    kit.assert("the job has it, too", kit.json_list("queue:default")[0]["jid"] == jid);
}

/// Sidekiq's Web UI and API show only the queues in this set. Catches: no `SADD`; `SADD` of the key
/// instead of the name.
#[test]
fn adds_the_queue_to_the_set_of_queues() {
    let kit = testkit::kit!();
    client(&kit)
        .push(job(json!({"class": "AnyWorker", "args": []})))
        .expect("pushed");
    client(&kit)
        .push(job(json!({"class": "AnyWorker", "args": [], "queue": "mailers"})))
        .expect("pushed");
    let mut queues: Vec<String> = kit.query(&["SMEMBERS", "queues"]);
    queues.sort();
    kit.assert_eq(
        "the set `queues` contains the name of every queue pushed to",
        queues,
        ["default", "mailers"],
    );
    kit.assert_eq(
        "a job goes to the list of its own queue",
        kit.list("queue:mailers").len(),
        1,
    );
    kit.assert_eq(
        "nothing else is written",
        kit.keys(),
        ["queue:default", "queue:mailers", "queues"],
    );
}

/// A client lives for a long time, and an operator may empty Redis meanwhile. Catches: a client
/// that remembers which queues it has added.
#[test]
fn adds_the_queue_on_every_push() {
    let kit = testkit::kit!();
    let client = client(&kit);
    for _ in 0..2 {
        client
            .push(job(json!({"class": "AnyWorker", "args": []})))
            .expect("pushed");
        kit.assert_eq("the queue is in `queues`", kit.query::<usize>(&["DEL", "queues"]), 1);
    }
}

/// Catches: a name that is cut out of the payload's text, where it is escaped.
#[test]
fn accepts_any_queue_name() {
    let kit = testkit::kit!();
    let payload = br#"{"class":"AnyWorker","args":[],"queue":"caf\u00e9 \"a\":b"}"#;
    client(&kit)
        .push(Job::parse(payload).expect("it is a job"))
        .expect("pushed");
    kit.assert_eq("its list has that name", kit.list("queue:café \"a\":b").len(), 1);
    kit.assert_eq(
        "and so is the name in `queues`",
        kit.query::<Vec<String>>(&["SMEMBERS", "queues"]),
        ["café \"a\":b"],
    );
}

/// A job is pushed at the head and popped at the tail, so that the oldest job is performed first.
/// Catches: a stack (`RPUSH`).
#[test]
fn pushes_in_first_in_first_out_order() {
    let kit = testkit::kit!();
    let client = client(&kit);
    let pushed: Vec<String> = (0..5)
        .map(|i| {
            client
                .push(job(json!({"class": "AnyWorker", "args": [i]})))
                .expect("pushed")
        })
        .collect();
    let popped: Vec<String> = (0..5)
        .map(|_| {
            let payload: String = kit.query(&["RPOP", "queue:default"]);
            serde_json::from_str::<Value>(&payload).expect("JSON")["jid"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        })
        .collect();
    kit.assert_eq(
        "RPOP returns the jobs in the order in which they were pushed",
        popped,
        pushed,
    );
}

/// A web request waits for the push. Catches: `SADD` and `LPUSH` one after the other; `PING` first;
/// `WATCH`; a read before the write.
#[test]
fn pushes_in_one_round_trip() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let client = Client::connect(&proxy.url()).expect("the proxy's URL is one of a Redis");
    // The first push opens the connection, which needs round trips of its own.
    client
        .push(job(json!({"class": "AnyWorker", "args": [1]})))
        .expect("pushed");

    proxy.hold_replies();
    let push = kit.spawn(move || client.push(job(json!({"class": "AnyWorker", "args": [2], "queue": "other"}))));
    kit.eventually(
        "SADD and LPUSH both reach Redis before the client waits for a reply",
        || kit.keys() == ["queue:default", "queue:other", "queues"] && kit.query::<usize>(&["SCARD", "queues"]) == 2,
    );
    proxy.release_replies();
    kit.assert(
        "the push succeeds when the replies arrive",
        push.join("push returns").is_ok(),
    );
}

/// A queue name without a job would be worse than nothing. Catches: a check after the `SADD`; no
/// check.
#[test]
fn writes_nothing_for_a_rejected_job() {
    let kit = testkit::kit!();
    let client = client(&kit);
    let refused = client.push(job(json!({"class": "AnyWorker", "args": [], "queue": ""})));
    kit.assert(
        "an empty queue name is rejected with Error::InvalidQueue",
        matches!(refused, Err(Error::InvalidQueue(_))),
    );
    let mut no_args = job(json!({"class": "AnyWorker", "args": []}));
    no_args.set("args", "hits").expect("text is JSON");
    let refused = client.push(no_args);
    kit.assert(
        "args that are not an array are rejected with Error::ArgsNotArray",
        matches!(refused, Err(Error::ArgsNotArray(_))),
    );
    kit.assert_eq(
        "nothing is written for a rejected job",
        kit.keys(),
        Vec::<String>::new(),
    );
}

/// Redis is reachable, but refuses the command. Catches: an error that is dropped, or that is
/// reported as an unreachable Redis.
#[test]
fn push_returns_redis_errors() {
    let kit = testkit::kit!();
    kit.command(&["SET", "queue:default", "no list"]);
    let refused = client(&kit).push(job(json!({"class": "AnyWorker", "args": []})));
    kit.assert(
        &format!("a key of another type leads to Error::Refused, got {refused:?}"),
        matches!(refused, Err(Error::Refused { .. })),
    );
}

/// Other programs may add fields of their own to a payload. Catches: a payload that is rebuilt from
/// a struct.
#[test]
fn sends_args_and_unknown_fields_byte_for_byte() {
    let kit = testkit::kit!();
    let rest = r#""args":[18446744073709551617,1.0,1e2,1e400,"\u00e9","\ud800","a\/b",[],{}],"cattr":{"b":1,"a":1.50}"#;
    let payload = format!(r#"{{"class":"AnyWorker",{rest}}}"#);
    client(&kit)
        .push(Job::parse(payload.as_bytes()).expect("a job"))
        .expect("pushed");
    let list = kit.list("queue:default");
    kit.assert(
        &format!("the payload contains {rest}"),
        list.len() == 1 && list[0].contains(rest),
    );
}

/// People and scripts use the program like this. Catches: any other output on stdout.
#[test]
fn enqueue_prints_only_the_jid() {
    let kit = testkit::kit!();
    let output = kit.run(&["enqueue", "UpdateCounterWorker", r#"["hits", 1.0]"#]);
    kit.assert("`enqueue` ends with exit code 0", output.status.success());
    let list = kit.list("queue:default");
    kit.assert_eq("one job is in queue:default", list.len(), 1);
    let payload: Value = serde_json::from_str(&list[0]).expect("the payload is JSON");
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let jid = payload["jid"].as_str().unwrap_or_default();
    kit.assert_eq("stdout is the jid and a line feed", stdout, format!("{jid}\n"));
    kit.assert(
        "the args are as they were given on the command line",
        list[0].contains(r#"["hits", 1.0]"#),
    );
}

/// The usual first mistake. Catches: a panic; a wait without an end; "connection refused" without
/// the address.
#[test]
fn reports_the_address_of_an_unreachable_redis() {
    let kit = testkit::kit!();
    // Bound and dropped, so that no program listens there.
    let port = TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
        .port();
    let url = format!("redis://user:s3cret@127.0.0.1:{port}/0");

    let client = Client::connect(&url).expect("the URL is well formed");
    let error = client
        .push(job(json!({"class": "AnyWorker", "args": []})))
        .expect_err("no program listens there");
    kit.assert(
        &format!("it is Error::Unreachable: {error:?}"),
        matches!(error, Error::Unreachable { .. }),
    );

    let output = kit.run(&["--redis", &url, "enqueue", "AnyWorker", "[]"]);
    kit.assert_eq("the exit code is 1", output.status.code(), Some(1));
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    kit.assert(
        &format!("the message contains the address: {stderr}"),
        stderr.contains(&format!("127.0.0.1:{port}")),
    );
    kit.assert(
        &format!("the message names the variable to set: {stderr}"),
        stderr.contains("REDIS_URL"),
    );
    kit.assert(
        "the password is not shown",
        !stderr.contains("s3cret") && !error.to_string().contains("s3cret"),
    );
    kit.assert("nothing is printed to stdout", output.stdout.is_empty());
}

fn epoch_seconds() -> f64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a clock after 1970")
        .as_secs_f64()
}
