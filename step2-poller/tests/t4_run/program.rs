//! The program `work`: its log, its signals, and the whole app.

use std::net::TcpListener;
use std::time::Duration;

use counters::api::Config;
use serde_json::{Value, json};
use testkit::{Kit, Program, Signal};

use crate::support::{JID, WORK, api, define, lines, push, work};

/// Returns a job with its own jid, by which its log lines can be found.
fn job(class: &str, args: Value, jid: &str) -> Value {
    json!({"class": class, "args": args, "jid": jid})
}

/// The whole app: a click, a job, a call of the API. Catches: a name that is not percent-encoded; a
/// call without the `Idempotency-Key`.
#[test]
fn changes_a_counter_through_the_api() {
    let kit = testkit::kit!();
    let api = api();
    define(&api, "a%2Fb%20%C3%A9");
    define(&api, "hits");
    let value = |name: &str| api.value(name).ok().flatten();
    let program = work(&kit, &["--api", &api.url()]);
    push(
        &kit,
        &job(
            "UpdateCounterWorker",
            json!(["hits", "incr"]),
            "aaaaaaaaaaaaaaaaaaaaaaaa",
        ),
    );
    push(
        &kit,
        &job(
            "UpdateCounterWorker",
            json!(["a/b é", "decr"]),
            "bbbbbbbbbbbbbbbbbbbbbbbb",
        ),
    );
    kit.eventually("the API's counters change", || {
        (value("hits"), value("a/b é")) == (Some(1), Some(-1))
    });
    push(
        &kit,
        &job(
            "UpdateCounterWorker",
            json!(["hits", "incr"]),
            "aaaaaaaaaaaaaaaaaaaaaaaa",
        ),
    );
    kit.eventually("a job that runs again calls the API again", || {
        lines(&program, "aaaaaaaaaaaaaaaaaaaaaaaa").len() == 2
    });
    kit.assert_eq(
        "both calls have the jid as their key, so the counter changes once",
        value("hits"),
        Some(1),
    );
}

/// An operator has only the log. Catches: no line; a line without class or jid.
#[test]
fn logs_one_line_for_each_job() {
    let kit = testkit::kit!();
    let api = api();
    define(&api, "hits");
    let program = work(&kit, &["--api", &api.url()]);
    one_line(&kit, &program, job("SlowWorker", json!([1]), JID), "done");
    let incr = job(
        "UpdateCounterWorker",
        json!(["hits", "incr"]),
        "aaaaaaaaaaaaaaaaaaaaaaaa",
    );
    one_line(&kit, &program, incr, "done");
}

/// Pushes a job, and checks the one line that the log contains about it.
pub fn one_line(kit: &Kit, program: &Program, job: Value, outcome: &str) {
    let [class, jid] = ["class", "jid"].map(|field| job[field].as_str().unwrap_or_default());
    push(kit, &job);
    kit.eventually(&format!("the log contains the jid {jid} of the {class}"), || {
        !lines(program, jid).is_empty()
    });
    let lines = lines(program, jid);
    kit.assert_eq(&format!("the {class} leaves one line"), lines.len(), 1);
    let level = if outcome == "done" { "INFO" } else { "WARN" };
    let whole = format!(
        "the line contains the level {level}, the class, the outcome ({outcome:?}) and the elapsed time: {}",
        lines[0]
    );
    kit.assert(
        &whole,
        [level, class, outcome, "elapsed"]
            .iter()
            .all(|part| lines[0].contains(part)),
    );
    kit.assert(
        &format!("the line has the fields `class` and `jid`: {}", lines[0]),
        ["class=", "jid="].iter().all(|field| lines[0].contains(field)),
    );
}

/// Catches: a clock that starts with the process or with the wait for the job, or that is read
/// twice before the run.
#[test]
fn logs_the_time_that_a_job_took() {
    let kit = testkit::kit!();
    let program = work(&kit, &[]);
    let elapsed = |milliseconds: u64, jid: &str| {
        one_line(&kit, &program, job("SlowWorker", json!([milliseconds]), jid), "done");
        let line = lines(&program, jid).remove(0);
        let text = line
            .split_once("elapsed=")
            .and_then(|(_, rest)| rest.split_whitespace().next());
        match text.and_then(seconds) {
            Some(seconds) => seconds,
            None => kit.fail(&format!("elapsed is a duration: {line}")),
        }
    };
    let long = elapsed(500, JID);
    kit.assert(
        &format!("a job of 500 ms took as long, not {long} s"),
        (0.5..5.0).contains(&long),
    );
    // On a busy machine, even a job of a millisecond may take long; but not each time.
    let short = (0..5).map(|number| {
        // The process waits for each of them.
        std::thread::sleep(Duration::from_millis(200));
        elapsed(1, &format!("{number:024x}"))
    });
    let short: Vec<f64> = short.collect();
    kit.assert(
        &format!("a job of a millisecond takes less: {short:?}"),
        short.iter().any(|elapsed| (0.001..0.2).contains(elapsed)),
    );
}

/// Parses a duration such as `1.5ms`.
fn seconds(text: &str) -> Option<f64> {
    let unit = text.find(|c: char| c.is_alphabetic())?;
    let factor = match &text[unit..] {
        "s" => 1.0,
        "ms" => 1e-3,
        "µs" | "us" => 1e-6,
        "ns" => 1e-9,
        _ => return None,
    };
    text[..unit].parse::<f64>().ok().map(|number| number * factor)
}

/// Sends a signal while a job runs. The API replies after half a second, so that the signal arrives
/// in the middle of the job.
fn finishes_the_current_job(signal: fn(&Program)) {
    let kit = testkit::kit!();
    let api = counters::api::spawn(Config {
        latency: Duration::from_millis(500),
        ..Config::default()
    });
    let api = api.expect("the API starts");
    define(&api, "hits");
    let program = work(&kit, &["--api", &api.url()]);
    let incr = |jid| job("UpdateCounterWorker", json!(["hits", "incr"]), jid);
    push(&kit, &incr("aaaaaaaaaaaaaaaaaaaaaaaa"));
    kit.eventually("the first job calls the API", || {
        api.calls().iter().any(|call| call.path.ends_with("/incr"))
    });
    push(&kit, &incr("bbbbbbbbbbbbbbbbbbbbbbbb"));
    signal(&program);
    let status = program.wait("the program ends after the current job");
    kit.assert_eq("it ends with exit code 0", status.code(), Some(0));
    let lines = lines(&program, "aaaaaaaaaaaaaaaaaaaaaaaa");
    kit.assert(
        &format!("one log line reports that the current job is `done`: {lines:?}"),
        lines.len() == 1 && lines[0].contains("done"),
    );
    kit.assert_eq("the next one was left in its queue", kit.list("queue:default").len(), 1);
}

/// If a log collector has crashed, the worker must go on. Catches: a log line that cannot be
/// written and causes a panic, which ends the process in the middle of a job.
#[test]
fn survives_a_closed_log() {
    let kit = testkit::kit!();
    // A program with a readable log, to show that its end does not depend on the log.
    let read = work(&kit, &[]);
    read.terminate();
    read.wait("the program ends after TERM");
    for number in 0..3 {
        push(&kit, &job("SlowWorker", json!([1]), &format!("{number:024x}")));
    }
    let program = kit.start_unread(WORK);
    kit.eventually("all jobs are fetched", || kit.list("queue:default").is_empty());
    kit.eventually("it waits for more jobs", || kit.blocked() > 0);
    program.terminate();
    let status = program.wait("the program ends after TERM");
    kit.assert_eq("it ends with exit code 0", status.code(), Some(0));
}

/// A deploy stops the process with TERM. Catches: the default action, which loses the job; an exit
/// code that looks like a crash.
#[test]
fn finishes_the_current_job_on_sigterm() {
    finishes_the_current_job(Program::terminate);
}

/// A person stops the process with Ctrl-C.
#[test]
fn finishes_the_current_job_on_sigint() {
    finishes_the_current_job(Program::interrupt);
}

/// The terminal is closed. Catches: the default action, which loses the job.
#[test]
fn finishes_the_current_job_on_sighup() {
    finishes_the_current_job(|program| program.signal(Signal::SIGHUP));
}

/// A signal that interrupts a read would break the connection, and lose a job that arrives on it.
/// Catches: a signal handler that runs in the thread of the loop.
#[test]
fn stops_while_idle_without_breaking_the_connection() {
    let kit = testkit::kit!();
    let program = work(&kit, &[]);
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

/// Catches: a worker that starts, and waits without an end for a Redis that does not exist.
#[test]
fn work_reports_an_unreachable_redis_at_startup() {
    let kit = testkit::kit!();
    // Bound and dropped, so that no program listens there.
    let port = TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
        .port();
    let output = kit.run(&["--redis", &format!("redis://127.0.0.1:{port}/0"), "work"]);
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
}

/// Catches: `jid=""`, which looks like a jid.
#[test]
fn logs_a_job_without_a_jid_without_this_field() {
    let kit = testkit::kit!();
    let program = work(&kit, &[]);
    for jid in [json!(null), json!(7)] {
        push(&kit, &json!({"class": "SlowWorker", "args": [1], "jid": jid}));
    }
    let done = || {
        let log = program.stderr();
        log.lines()
            .filter(|line| line.contains("done"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    kit.eventually("both jobs are done", || done().len() == 2);
    for line in done() {
        kit.assert(
            &format!("the line contains the class, but not `jid`: {line}"),
            line.contains("SlowWorker") && !line.contains("jid"),
        );
    }
}
