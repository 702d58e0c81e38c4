//! Task 5.4: a stop that does not wait for ever.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::json;
use sidepunch::Config;
use testkit::Kit;

use crate::server::{card, hold, identity, job_with, keys_with, push, quick, start};
use crate::support::RunningServer;

/// Runs a server with one thread, whose stop waits this long for jobs.
fn run(kit: &Kit, timeout: Duration) -> RunningServer {
    run_at(kit, kit.url(), timeout)
}

fn run_at(kit: &Kit, redis: String, timeout: Duration) -> RunningServer {
    let config = Config {
        concurrency: 1,
        timeout,
        ..quick(redis)
    };
    start(kit, config)
}

/// A job that does not end.
fn endless(number: u64) -> String {
    job_with(number, &["hang"], json!({"retry_count": 3, "queue": "elsewhere"}))
}

fn push_endless(kit: &Kit, number: u64) {
    push(kit, "default", [endless(number)]);
}

/// Invariant 5. Kills: waiting for ever, a job that is lost with its thread, one that counts as failed, one that has to queue
/// up again.
#[test]
fn what_still_runs_at_the_deadline_goes_back() {
    let kit = testkit::kit!();
    let running = run(&kit, Duration::from_millis(300));
    push_endless(&kit, 1);
    kit.eventually("the job begins", || running.begun.try_recv() == Ok(1));
    push_endless(&kit, 2);
    let asked = Instant::now();
    running.server.request_stop();
    let ended = running.server.join("run returns though a job runs");
    kit.assert(&format!("run returns Ok(()), got {ended:?}"), ended.is_ok());
    let waited = asked.elapsed();
    kit.assert(
        &format!("it has waited for it, but not for long: {waited:?}"),
        waited >= Duration::from_millis(300) && waited < Duration::from_secs(5),
    );
    kit.assert_eq(
        "the job is as it was, in the queue that it came from, the next to be popped",
        kit.list("queue:default"),
        vec![endless(2), endless(1)],
    );
    kit.assert_eq(
        "Sidekiq's pages show that queue, though somebody may have cleared it",
        kit.query::<Vec<String>>(&["SMEMBERS", "queues"]),
        vec!["default"],
    );
    let left = keys_with(&kit, "sidepunch:inflight:");
    kit.assert_eq("nothing is in flight any more", left, Vec::<String>::new());
    kit.assert_eq("it does not count as failed", card(&kit, "retry"), 0);
    kit.assert_eq(
        "nor as processed",
        kit.query::<Option<u64>>(&["GET", "stat:processed"]),
        None,
    );
    let left: (usize, usize) = (card(&kit, "sidepunch:leases"), kit.query(&["SCARD", "processes"]));
    kit.assert_eq("the process has taken its leave", left, (0, 0));
}

/// Kills: a deadline that is looked at only after the first wait; jobs that a thread was brought while it waited, and that are left
/// behind; equal ones that are taken for one; another order.
#[test]
fn a_job_goes_back_at_once_if_there_is_no_time() {
    let kit = testkit::kit!();
    let running = run(&kit, Duration::ZERO);
    push_endless(&kit, 1);
    kit.eventually("the job begins", || running.begun.try_recv() == Ok(1));
    let own = identity(&kit);
    // This is for the pages only.
    kit.command(&["DEL", "queues"]);
    kit.command(&["SET", "queues", "no set"]);
    for number in [2, 2, 3] {
        hold(&kit, &own, "0-waits", "default", &endless(number));
    }
    running.server.request_stop();
    let ended = running.server.join("run returns though a job runs");
    kit.assert(&format!("run returns Ok(()), got {ended:?}"), ended.is_ok());
    let (running, rest): (Vec<_>, Vec<_>) = kit
        .list("queue:default")
        .into_iter()
        .partition(|left| *left == endless(1));
    kit.assert_eq("the job that runs is in its queue again", running, vec![endless(1)]);
    kit.assert_eq(
        "so are the others, of which the first that was claimed is the next to be popped",
        rest,
        vec![endless(3), endless(2), endless(2)],
    );
}

/// Kills: a farewell that is as patient as any command, one after the other.
#[test]
fn a_redis_that_hangs_keeps_no_stop() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let running = run_at(&kit, proxy.url(), Duration::ZERO);
    push_endless(&kit, 1);
    kit.eventually("the job begins", || running.begun.try_recv() == Ok(1));
    running.server.request_stop();
    let ended = running.server.join("`run` returns while Redis answers");
    kit.assert(&format!("`run` returns Ok(()), got {ended:?}"), ended.is_ok());
    kit.assert_eq(
        "and the job is in its queue again",
        kit.list("queue:default"),
        vec![endless(1)],
    );

    let running = run_at(&kit, proxy.url(), Duration::ZERO);
    kit.eventually("the job begins again", || running.begun.try_recv() == Ok(1));
    proxy.freeze();
    running.server.request_stop();
    let ended = running.server.join("run returns though Redis does not answer");
    kit.assert(&format!("run returns Ok(()), got {ended:?}"), ended.is_ok());
}

/// What a platform does to a process. Kills: an exit code that looks like a crash, a process that needs to be killed, a job that
/// is cut off without a word; a warning of none.
#[test]
fn the_program_ends_in_time() {
    let kit = testkit::kit!();
    // An API that never answers: a job that calls it has begun, and does not end.
    let api = TcpListener::bind("127.0.0.1:0").expect("a free port");
    api.set_nonblocking(true).expect("a socket");
    let url = format!("http://{}", api.local_addr().expect("an address"));
    let program = kit.start(&["work", "-c", "1", "-t", "0.2", "--api", &url]);
    kit.lpush(
        "queue:default",
        &[br#"{"class":"UpdateCounterWorker","args":["hits","incr"]}"#],
    );
    let _call = kit.wait_for("the job begins", || api.accept().ok());
    program.terminate();
    let status = program.wait("the program ends though a job runs");
    kit.assert_eq("it ends with exit code 0", status.code(), Some(0));
    kit.assert_eq("the job is in its queue again", kit.list("queue:default").len(), 1);
    let warned = |stderr: String| -> Vec<String> {
        let warnings = stderr.lines().filter_map(|line| line.split_once("WARN"));
        warnings.map(|(_, said)| said.to_owned()).collect()
    };
    let warnings = warned(program.stderr());
    let of_one = |said: &String| said.split(|c: char| !c.is_alphanumeric()).any(|word| word == "1");
    kit.assert(
        &format!("it has warned of 1 job, and of nothing else, got {warnings:?}"),
        warnings.len() == 1 && warnings.iter().all(of_one),
    );

    kit.command(&["DEL", "queue:default"]);
    let program = kit.start(&["work", "-c", "1", "-t", "0.2"]);
    kit.eventually("it waits for jobs", || kit.blocked() > 0);
    program.terminate();
    program.wait("the program ends");
    kit.assert_eq("it warns of nothing", warned(program.stderr()), Vec::<String>::new());
}
