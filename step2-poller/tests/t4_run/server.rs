//! `Server::run`, in a thread of the test.

use std::time::{Duration, Instant};

use serde_json::json;
use sidepunch::{Error, Server};
use testkit::Kit;

use crate::support::{RunningServer, config, push, tell};

const BLOCK: Duration = Duration::from_millis(200);

/// Runs a server in a thread of its own.
fn run(kit: &Kit, redis: String) -> RunningServer {
    run_with(kit, redis, BLOCK)
}

fn run_with(kit: &Kit, redis: String, block: Duration) -> RunningServer {
    RunningServer::start(kit, Server::new(config(redis, block)).expect("a URL of a Redis"))
}

/// How often a command that waits for a job was sent.
fn pops(kit: &Kit) -> usize {
    let waits = |command: &&String| {
        ["BRPOP", "BLPOP", "BLMPOP", "BLMOVE"]
            .iter()
            .any(|name| command.to_uppercase().contains(name))
    };
    kit.commands().iter().filter(waits).count()
}

/// Kills: one job and out; a stop that nobody looks at; an error for a stop.
#[test]
fn runs_until_asked_to_stop() {
    let kit = testkit::kit!();
    let running = run(&kit, kit.url());
    for number in 1..=3 {
        push(&kit, &tell(number));
        kit.eventually("each job is performed", || running.begun.try_recv() == Ok(number));
    }
    kit.assert("it still runs", !running.server.is_finished());
    let asked = Instant::now();
    running.server.request_stop();
    let ended = running.server.join("an idle server stops when it is asked to");
    kit.assert(&format!("run returns Ok(()), got {ended:?}"), ended.is_ok());
    // Three seconds leave room for a busy machine, and none for a wait that is not interrupted.
    kit.assert(
        "it stops at once, not after a long wait",
        asked.elapsed() < Duration::from_secs(3),
    );
    push(&kit, &tell(4));
    kit.assert_eq(
        "a server that has stopped takes no job",
        kit.list("queue:default").len(),
        1,
    );
}

/// Better a little later than half done. Kills: a stop that kills the thread; fetching one more.
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
    let ended = running.server.join("run returns when the job at hand has ended");
    kit.assert(&format!("run returns Ok(()), got {ended:?}"), ended.is_ok());
    kit.assert("the second job was not begun", running.begun.try_recv().is_err());
    kit.assert_eq("it waits in its queue", kit.list("queue:default").len(), 1);
}

/// Kills: looking at the request after a job only.
#[test]
fn starts_no_job_after_an_earlier_stop_request() {
    let kit = testkit::kit!();
    push(&kit, &tell(1));
    let mut server = Server::new(config(kit.url(), BLOCK)).expect("a URL of a Redis");
    server.stop().request();
    let ended = kit.within(Duration::from_secs(10), "`run` returns at once", move || server.run());
    kit.assert(&format!("run returns Ok(()), got {ended:?}"), ended.is_ok());
    kit.assert_eq("the job is left in its queue", kit.list("queue:default").len(), 1);
}

/// The wait does not know of the request, so it may yet bring a job. Kills: one that is popped, and then thrown away.
#[test]
fn does_not_lose_a_job_that_arrives_after_the_stop_request() {
    let kit = testkit::kit!();
    let running = run_with(&kit, kit.url(), Duration::from_secs(1));
    kit.eventually("it waits for a job", || kit.blocked() == 1);
    running.server.request_stop();
    push(&kit, &tell(1));
    let ended = running.server.join("run returns");
    kit.assert(&format!("run returns Ok(()), got {ended:?}"), ended.is_ok());
    let performed = running.begun.try_recv() == Ok(1);
    kit.assert(
        "the job is performed, or still in its queue",
        performed || kit.list("queue:default").len() == 1,
    );
}

/// A Redis that answers, but not as wished (it loads its data, is read-only, or a key is of another type), is waited for
/// like one that is away. Kills: a loop that goes on for a broken connection only.
#[test]
fn keeps_running_after_redis_refuses_a_command() {
    let kit = testkit::kit!();
    let running = run(&kit, kit.url());
    kit.eventually("it waits for a job", || kit.blocked() == 1);
    kit.command(&["SET", "queue:default", "no list"]);
    kit.eventually("the next question is refused, so nobody waits", || kit.blocked() == 0);
    kit.command(&["DEL", "queue:default"]);
    push(&kit, &tell(1));
    kit.eventually("it goes on by itself", || running.begun.try_recv() == Ok(1));
    running.stop();
}

/// Invariant 2. Kills: a poll with a sleep, a loop that spins.
#[test]
fn waits_in_redis_while_idle() {
    let kit = testkit::kit!();
    let running = run(&kit, kit.url());
    let start = Instant::now();
    kit.eventually("it comes back to ask again", || pops(&kit) >= 4);
    // Three whole waits lie between four questions; Redis may end each a little early.
    let waited = start.elapsed();
    kit.assert(
        &format!("four questions take three waits of {BLOCK:?}, not {waited:?}"),
        waited > 2 * BLOCK,
    );

    kit.eventually("between two questions it is blocked in Redis", || kit.blocked() == 1);
    let before = pops(&kit);
    push(&kit, &tell(1));
    kit.eventually("a job that comes is performed", || running.begun.try_recv() == Ok(1));
    let asked = pops(&kit) - before;
    // The wait may have ended just before the job came: one question more, and one after the job.
    kit.assert(
        &format!("the waiting command brings it, without asking again and again ({asked} times)"),
        asked <= 2,
    );
    running.stop();
}

/// Invariant 3. Kills: an error that ends the loop, a connection that is kept after it broke.
#[test]
fn reconnects_after_a_lost_connection() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let running = run(&kit, proxy.url());
    kit.eventually("it waits for a job", || kit.blocked() == 1);
    proxy.refuse();
    proxy.cut();
    kit.eventually("the connection is gone", || kit.blocked() == 0);
    push(&kit, &tell(1));
    proxy.accept();
    kit.eventually("it comes back by itself, and performs what came meanwhile", || {
        running.begun.try_recv() == Ok(1)
    });
    running.stop();
}

/// Somebody who waits for Redis must not be deaf. Kills: an inner loop that ends only when Redis is back.
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

/// A wrong address is no outage. Kills: trying a Redis for ever that never was there.
#[test]
fn run_returns_an_error_if_redis_is_down_at_startup() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    proxy.refuse();
    let mut server = Server::new(config(proxy.url(), BLOCK)).expect("a URL of a Redis");
    let ended = kit.within(Duration::from_secs(10), "`run` returns an error", move || server.run());
    kit.assert(
        &format!("it is Error::Unreachable, got {ended:?}"),
        matches!(ended, Err(Error::Unreachable { .. })),
    );
}
