//! `Server::run`, in a thread of the test.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sidepunch::{Error, Server};
use testkit::Kit;

use crate::support::{RunningServer, config, push, report};

const BLOCK: Duration = Duration::from_millis(200);

/// Runs a server in its own thread.
fn run(kit: &Kit, redis: String) -> RunningServer {
    run_with(kit, redis, BLOCK)
}

fn run_with(kit: &Kit, redis: String, block: Duration) -> RunningServer {
    RunningServer::start(kit, Server::new(config(redis, block)).expect("a URL of a Redis"))
}

/// Returns how often a command that waits for a job was sent.
fn pops(kit: &Kit) -> usize {
    let waits = |command: &&String| {
        ["BRPOP", "BLPOP", "BLMPOP", "BLMOVE"]
            .iter()
            .any(|name| command.to_uppercase().contains(name))
    };
    kit.commands().iter().filter(waits).count()
}

/// Catches: a loop that ends after one job; a stop request that is never read; an error when the
/// server stops.
#[test]
fn runs_until_asked_to_stop() {
    let kit = testkit::kit!();
    let running = run(&kit, kit.url());
    for number in 1..=3 {
        push(&kit, &report(number));
        kit.eventually("each job is performed", || running.begun.try_recv() == Ok(number));
    }
    kit.assert("it still runs", !running.server.is_finished());
    let asked = Instant::now();
    running.server.request_stop();
    let ended = running.server.join("an idle server stops when it is asked to");
    kit.assert(&format!("run returns Ok(()), got {ended:?}"), ended.is_ok());
    // Three seconds are enough for a busy machine, and too few for a wait that is not interrupted.
    kit.assert(
        "it stops at once, not after a long wait",
        asked.elapsed() < Duration::from_secs(3),
    );
    push(&kit, &report(4));
    kit.assert_eq(
        "a server that has stopped fetches no job",
        kit.list("queue:default").len(),
        1,
    );
}

/// A later end is better than half a job. Catches: a stop that kills the thread; one more fetch.
#[test]
fn finishes_the_current_job_and_starts_no_other() {
    let kit = testkit::kit!();
    for number in 1..=2 {
        push(&kit, &json!({"class": "ScriptedWorker", "args": [number, ["hold"]]}));
    }
    let running = run_with(&kit, kit.url(), Duration::from_millis(500));
    kit.eventually("the first job begins", || running.begun.try_recv() == Ok(1));
    running.server.request_stop();
    kit.assert("while the job runs, run does not return", !running.server.is_finished());
    running.gate.open();
    let ended = running.server.join("run returns when the current job has ended");
    kit.assert(&format!("run returns Ok(()), got {ended:?}"), ended.is_ok());
    kit.assert("the second job was not started", running.begun.try_recv().is_err());
    kit.assert_eq("it is still in its queue", kit.list("queue:default").len(), 1);
}

/// Catches: a request that is read only after a job.
#[test]
fn starts_no_job_after_an_earlier_stop_request() {
    let kit = testkit::kit!();
    push(&kit, &report(1));
    let mut server = Server::new(config(kit.url(), BLOCK)).expect("a URL of a Redis");
    server.stop().request();
    let ended = kit.within(Duration::from_secs(10), "`run` returns at once", move || server.run());
    kit.assert(&format!("run returns Ok(()), got {ended:?}"), ended.is_ok());
    kit.assert_eq("the job is left in its queue", kit.list("queue:default").len(), 1);
}

/// The wait in Redis does not see the request, so it may still return a job. Catches: a job that is
/// popped and then dropped; one that is pushed back to the queue that its payload names.
#[test]
fn does_not_lose_a_job_that_arrives_after_the_stop_request() {
    let kit = testkit::kit!();
    let running = run_with(&kit, kit.url(), Duration::from_secs(1));
    kit.eventually("it waits for a job", || kit.blocked() == 1);
    let mut job = report(1);
    job["queue"] = json!("mailers");
    push_after_the_stop_request(&kit, running, &job);
}

/// Asks the server to stop, then pushes job 1, and asserts that it is not lost.
pub fn push_after_the_stop_request(kit: &Kit, running: RunningServer, job: &Value) {
    running.server.request_stop();
    push(kit, job);
    let ended = running.server.join("run returns");
    kit.assert(&format!("run returns Ok(()), got {ended:?}"), ended.is_ok());
    let performed = running.begun.try_recv() == Ok(1);
    kit.assert(
        "the job is performed, or still in its queue",
        performed || kit.list("queue:default").len() == 1,
    );
}

/// Invariant 1. A job that is pushed back must be the next one again. Catches: `LPUSH` instead of
/// `RPUSH`, so that the oldest job comes last.
#[test]
fn keeps_the_order_of_jobs_that_arrive_after_the_stop_request() {
    let kit = testkit::kit!();
    let running = run_with(&kit, kit.url(), Duration::from_secs(1));
    kit.eventually("it waits for a job", || kit.blocked() == 1);
    running.server.request_stop();
    let (first, second) = (report(1).to_string(), report(2).to_string());
    kit.lpush("queue:default", &[first.as_bytes(), second.as_bytes()]);
    let ended = running.server.join("run returns");
    kit.assert(&format!("run returns Ok(()), got {ended:?}"), ended.is_ok());
    let performed = running.begun.try_iter().count();
    let left = kit.list("queue:default");
    let expected = &[second, first][..2 - performed];
    kit.assert_eq(
        "the jobs that were not performed are left in their order",
        left.as_slice(),
        expected,
    );
}

/// If Redis replies with an error (it is loading its data, it is read-only, or a key has another
/// type), the loop waits as it does for an unreachable Redis. Catches: a loop that goes on only
/// after a broken connection.
#[test]
fn keeps_running_after_redis_refuses_a_command() {
    let kit = testkit::kit!();
    let running = run(&kit, kit.url());
    kit.eventually("it waits for a job", || kit.blocked() == 1);
    kit.command(&["SET", "queue:default", "no list"]);
    kit.eventually("Redis refuses the next command, so no client waits", || {
        kit.blocked() == 0
    });
    kit.command(&["DEL", "queue:default"]);
    push(&kit, &report(1));
    kit.eventually("the loop goes on by itself", || running.begun.try_recv() == Ok(1));
    running.stop();
}

/// Invariant 2. Catches: a poll with a sleep; a loop that spins.
#[test]
fn waits_in_redis_while_idle() {
    let kit = testkit::kit!();
    let running = run(&kit, kit.url());
    let start = Instant::now();
    kit.eventually("it asks again after each wait", || pops(&kit) >= 4);
    // There are three whole waits between four commands, and Redis may end each a little early.
    let waited = start.elapsed();
    kit.assert(
        &format!("four commands take three waits of {BLOCK:?}, not {waited:?}"),
        waited > 2 * BLOCK,
    );

    kit.eventually("between two commands it is blocked in Redis", || kit.blocked() == 1);
    let before = pops(&kit);
    push(&kit, &report(1));
    kit.eventually("a job that arrives is performed", || running.begun.try_recv() == Ok(1));
    let asked = pops(&kit) - before;
    // The wait may have ended just before the job arrived: one more command, and one after the job.
    kit.assert(
        &format!("the blocking command returns it, without polling ({asked} commands)"),
        asked <= 2,
    );
    running.stop();
}

/// Invariant 2. A job that arrives during a pause would wait. Catches: a sleep after each wait in
/// which no job arrived.
#[test]
fn waits_again_without_a_pause() {
    let kit = testkit::kit!();
    let running = run_with(&kit, kit.url(), Duration::from_millis(20));
    kit.eventually("it waits for a job", || kit.blocked() == 1);
    let before = pops(&kit);
    // With a pause of 100 ms after each wait, this takes 6 s.
    kit.eventually("it waits fifty times more", || pops(&kit) >= before + 50);
    running.stop();
}

/// Invariant 3. Catches: an error that ends the loop; a connection that is kept after it broke.
#[test]
fn reconnects_after_a_lost_connection() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let running = run(&kit, proxy.url());
    kit.eventually("it waits for a job", || kit.blocked() == 1);
    proxy.refuse();
    proxy.cut();
    kit.eventually("the connection is gone", || kit.blocked() == 0);
    push(&kit, &report(1));
    proxy.accept();
    kit.eventually(
        "it reconnects by itself, and performs the job that arrived meanwhile",
        || running.begun.try_recv() == Ok(1),
    );
    running.stop();
}

/// A loop that waits for Redis must still react to a stop. Catches: an inner loop that ends only
/// when Redis is back.
#[test]
fn stops_during_an_outage() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let running = run(&kit, proxy.url());
    kit.eventually("it waits for a job", || kit.blocked() == 1);
    proxy.refuse();
    proxy.cut();
    kit.eventually("the connection is gone", || kit.blocked() == 0);
    running.stop();
}

/// The pause of a second before the next attempt begins when the connection breaks. Catches: a
/// pause that a stop does not interrupt.
#[test]
fn a_stop_interrupts_the_pause_during_an_outage() {
    let kit = testkit::kit!();
    let ends_before_the_pause = || {
        let proxy = kit.proxy();
        let running = run(&kit, proxy.url());
        kit.eventually("it waits for a job", || kit.blocked() == 1);
        proxy.refuse();
        let broken = Instant::now();
        proxy.cut();
        kit.eventually("the connection is gone", || kit.blocked() == 0);
        running.stop();
        broken.elapsed() < Duration::from_millis(900)
    };
    // On a busy machine, even a server that stops at once may need so long; but not each time.
    kit.assert(
        "the server stops before the pause is over, at least once in ten attempts",
        (0..10).any(|_| ends_before_the_pause()),
    );
}

/// A wrong address is not an outage. Catches: a loop that tries again without an end, although that
/// Redis never existed.
#[test]
fn run_returns_an_error_if_redis_is_down_at_startup() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    proxy.refuse();
    let mut server = Server::new(config(proxy.url(), BLOCK)).expect("a URL of a Redis");
    let ended = kit.within(Duration::from_secs(10), "`run` returns an error", move || server.run());
    kit.assert(
        &format!("the error is Error::Unreachable, got {ended:?}"),
        matches!(ended, Err(Error::Unreachable { .. })),
    );
}

/// A person who starts the process with a wrong password should see that at once. Catches: a
/// refusal at startup that is taken for an outage.
#[test]
fn run_returns_an_error_if_redis_refuses_the_password() {
    let kit = testkit::kit!(own);
    kit.command(&["ACL", "SETUSER", "worker", "on", ">right", "allkeys", "+@all"]);
    let url = kit.url().replace("redis://", "redis://worker:wrong@");
    let mut server = Server::new(config(url, BLOCK)).expect("a URL of a Redis");
    let stop = server.stop();
    let running = kit.serve(move || server.run(), move || stop.request());
    let ended = running.join("`run` returns an error");
    kit.assert(
        &format!("the error is Error::Refused, got {ended:?}"),
        matches!(ended, Err(Error::Refused { .. })),
    );
}
