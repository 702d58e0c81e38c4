//! The program `work`: its log, its signals, a Redis that restarts, and the whole app.

use std::net::TcpListener;

use counters::api::{Api, Config};
use serde_json::json;
use testkit::{Kit, Program};

fn api() -> Api {
    counters::api::spawn(Config::default()).expect("the API starts")
}

fn work(kit: &Kit, api: &str) -> Program {
    let program = kit.start(&["work", "--api", api, "-c", "1"]);
    kit.eventually("`work` waits for jobs", || kit.blocked() == 1);
    program
}

fn push(kit: &Kit, class: &str, args: serde_json::Value, jid: &str) {
    kit.lpush(
        "queue:default",
        &[json!({"class": class, "args": args, "jid": jid}).to_string().as_bytes()],
    );
}

/// The log's lines about one job.
fn lines(program: &Program, jid: &str) -> Vec<String> {
    program
        .stderr()
        .lines()
        .filter(|line| line.contains(jid))
        .map(str::to_owned)
        .collect()
}

/// The whole story: a press, a job, a call of the API. Kills: a name that is not percent-encoded, a call without the
/// `Idempotency-Key`.
#[test]
fn a_counter_changes() {
    let kit = testkit::kit!();
    let api = api();
    for name in ["a%2Fb%20%C3%A9", "hits"] {
        ureq::put(format!("{}/counters/{name}", api.url()))
            .send_empty()
            .expect("the counter is defined");
    }
    let value = |name: &str| api.value(name).ok().flatten();
    let program = work(&kit, &api.url());
    push(
        &kit,
        "UpdateCounterWorker",
        json!(["hits", "incr"]),
        "aaaaaaaaaaaaaaaaaaaaaaaa",
    );
    push(
        &kit,
        "UpdateCounterWorker",
        json!(["a/b é", "decr"]),
        "bbbbbbbbbbbbbbbbbbbbbbbb",
    );
    kit.eventually("the API's counters change", || {
        (value("hits"), value("a/b é")) == (Some(1), Some(-1))
    });
    push(
        &kit,
        "UpdateCounterWorker",
        json!(["hits", "incr"]),
        "aaaaaaaaaaaaaaaaaaaaaaaa",
    );
    kit.eventually("a job that runs again calls again", || {
        lines(&program, "aaaaaaaaaaaaaaaaaaaaaaaa").len() == 2
    });
    kit.assert_eq(
        "but with the same key, its jid, so it counts once",
        value("hits"),
        Some(1),
    );
}

/// What an operator has to go by. Kills: no line, a line without class or jid.
#[test]
fn each_job_leaves_one_line_in_the_log() {
    let kit = testkit::kit!();
    let api = api();
    ureq::put(format!("{}/counters/hits", api.url()))
        .send_empty()
        .expect("the counter is defined");
    let program = work(&kit, &api.url());
    let jobs = [
        ("SlowWorker", json!([1]), "done"),
        ("UpdateCounterWorker", json!(["hits", "incr"]), "done"),
    ];
    for (number, (class, args, told)) in jobs.into_iter().enumerate() {
        let jid = format!("{number:024x}");
        push(&kit, class, args, &jid);
        kit.eventually(&format!("the log names the jid {jid} of the {class}"), || {
            !lines(&program, &jid).is_empty()
        });
        let lines = lines(&program, &jid);
        kit.assert_eq(&format!("the {class} leaves one line"), lines.len(), 1);
        let whole = format!(
            "the line tells class, outcome ({told:?}) and elapsed time: {}",
            lines[0]
        );
        kit.assert(
            &whole,
            [class, told, "elapsed"].iter().all(|part| lines[0].contains(part)),
        );
    }
}

fn finishes_the_job_at_hand(signal: fn(&Program)) {
    let kit = testkit::kit!();
    let api = api();
    let program = work(&kit, &api.url());
    push(&kit, "SlowWorker", json!([500]), "aaaaaaaaaaaaaaaaaaaaaaaa");
    push(&kit, "SlowWorker", json!([1]), "bbbbbbbbbbbbbbbbbbbbbbbb");
    kit.eventually("the first job is fetched", || kit.list("queue:default").len() == 1);
    signal(&program);
    let status = program.wait("the program ends after the job at hand");
    kit.assert_eq("it ends with exit code 0", status.code(), Some(0));
    let done = lines(&program, "aaaaaaaaaaaaaaaaaaaaaaaa").len();
    // A job that is out of its queue has perhaps not begun; from this step on it goes back then.
    let left = kit.list("queue:default").len();
    kit.assert(
        &format!("the job at hand was finished, or went back to the other: {done} done, {left} in the queue"),
        [(1, 1), (0, 2)].contains(&(done, left)),
    );
}

/// A log collector that has died must not take the worker along. Kills: a line that cannot be written, and ends who wrote it,
/// with the job at hand.
#[test]
fn nobody_needs_to_read_the_log() {
    let kit = testkit::kit!();
    // What ends this one as well has another reason.
    let read = work(&kit, "http://127.0.0.1:9");
    read.terminate();
    read.wait("the program ends when it is told to");
    for number in 0..3 {
        push(&kit, "SlowWorker", json!([1]), &format!("{number:024x}"));
    }
    let program = kit.start_unread(&["work"]);
    kit.eventually("all jobs are taken", || kit.list("queue:default").is_empty());
    kit.eventually("it waits for others", || kit.blocked() > 0);
    program.terminate();
    let status = program.wait("the program ends when it is told to");
    kit.assert_eq("it ends with exit code 0", status.code(), Some(0));
}

/// A deploy stops with TERM. Kills: the default action (the job is lost), an exit code that looks like a crash.
#[test]
fn term_finishes_the_job_at_hand() {
    finishes_the_job_at_hand(Program::terminate);
}

/// A person stops with Ctrl-C.
#[test]
fn int_finishes_the_job_at_hand() {
    finishes_the_job_at_hand(Program::interrupt);
}

/// A signal that interrupts a read would give up the connection, with the job that it may be bringing. Kills: a signal
/// handler that runs in the thread of the loop.
#[test]
fn a_stop_while_idle_breaks_no_connection() {
    let kit = testkit::kit!();
    let program = work(&kit, "http://127.0.0.1:9");
    program.terminate();
    kit.assert_eq(
        "it ends with exit code 0",
        program.wait("the idle program ends").code(),
        Some(0),
    );
    let log = program.stderr();
    kit.assert(
        &format!("no connection was lost: {log}"),
        !log.contains("cannot reach Redis"),
    );
}

/// Kills: a worker that starts, and waits for ever for what is not there.
#[test]
fn a_redis_that_was_never_there_is_named() {
    let kit = testkit::kit!();
    // Bound and dropped, so that nobody listens there.
    let port = TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
        .port();
    let output = kit.run(&["--redis", &format!("redis://127.0.0.1:{port}/0"), "work"]);
    kit.assert_eq("the exit code is 1", output.status.code(), Some(1));
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    kit.assert(
        &format!("the message names the address: {stderr}"),
        stderr.contains(&format!("127.0.0.1:{port}")),
    );
    kit.assert(
        &format!("the message names the cure: {stderr}"),
        stderr.contains("REDIS_URL"),
    );
}
