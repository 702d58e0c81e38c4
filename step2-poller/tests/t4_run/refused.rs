//! A Redis that refuses the commands of `Server::run`.

use std::time::{Duration, Instant};

use sidepunch::Server;

use super::server::push_after_the_stop_request;
use crate::support::{RunningServer, WORK, config, push, report};

/// A Redis that loads its data after a restart may refuse commands for minutes. Catches: a pause
/// only if Redis is unreachable, so that the loop spins.
#[test]
fn pauses_after_each_refused_command() {
    let kit = testkit::kit!();
    kit.command(&["SET", "queue:default", "no list"]);
    let server = Server::new(config(kit.url(), Duration::from_millis(20))).expect("a URL of a Redis");
    let running = RunningServer::start(&kit, server);
    let attempts = || {
        kit.commands()
            .iter()
            .filter(|command| command.contains("queue:default"))
            .count()
    };
    kit.eventually("Redis refuses a command", || attempts() > 0);
    let (before, start) = (attempts(), Instant::now());
    kit.eventually("the loop tries again", || attempts() >= before + 2);
    let waited = start.elapsed();
    // The first of the two attempts may come at once, if the wait above took long.
    kit.assert(
        &format!("there is a second between two attempts, not {waited:?}"),
        waited > Duration::from_millis(900),
    );
    kit.command(&["DEL", "queue:default"]);
    push(&kit, &report(1));
    kit.eventually("and then it goes on", || running.begun.try_recv() == Ok(1));
    running.stop();
}

/// Catches: a job that is popped after the stop request, and lost because Redis refuses to take it
/// back.
#[test]
fn performs_a_job_that_redis_does_not_take_back() {
    let kit = testkit::kit!(own);
    kit.command(&[
        "ACL", "SETUSER", "worker", "on", ">any", "allkeys", "+@all", "-rpush", "-lpush",
    ]);
    let url = kit.url().replace("redis://", "redis://worker:any@");
    let server = Server::new(config(url, Duration::from_secs(1))).expect("a URL of a Redis");
    let running = RunningServer::start(&kit, server);
    kit.eventually("it waits for a job", || kit.blocked() == 1);
    push_after_the_stop_request(&kit, running, &report(1));
}

/// The table of the chapter distinguishes only calls that failed and calls that succeeded. Catches:
/// a line for each kind of error; an end of the outage that is logged although the next call fails,
/// too.
#[test]
fn logs_an_outage_of_two_kinds_once() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let program = kit.start(&[&["--redis", &proxy.url()], WORK].concat());
    kit.eventually("it waits for jobs", || kit.blocked() > 0);
    let logged = |text: &str| program.stderr().matches(text).count();
    kit.command(&["SET", "queue:default", "no list"]);
    kit.eventually("the refusal is logged", || logged("WRONGTYPE") == 1);
    proxy.refuse();
    proxy.cut();
    let hangs_up = testkit::redis::listen_in_place_of(&proxy.url());
    kit.within(
        Duration::from_secs(6),
        "the program tries to connect twice, once a second",
        move || {
            (0..2).for_each(|_| drop(hangs_up.accept()));
        },
    );
    proxy.accept();
    let attempts = || {
        kit.commands()
            .iter()
            .filter(|command| command.contains("queue:default"))
            .count()
    };
    let before = attempts();
    kit.eventually("Redis refuses the next attempt, too", || attempts() > before);
    kit.command(&["DEL", "queue:default"]);
    kit.eventually("the end is logged", || logged("is back") > 0);
    kit.assert_eq("the end is logged once", logged("is back"), 1);
    let beginnings = logged("WRONGTYPE") + logged("cannot reach Redis");
    kit.assert_eq("and so was the beginning", beginnings, 1);
}

/// Catches: an end that is logged only if Redis could not be reached.
#[test]
fn logs_the_end_of_an_outage_in_which_redis_only_refused() {
    let kit = testkit::kit!();
    let program = kit.start(WORK);
    kit.eventually("it waits for a job", || kit.blocked() == 1);
    kit.command(&["SET", "queue:default", "no list"]);
    kit.eventually("the refusal is logged", || program.stderr().contains("WRONGTYPE"));
    kit.command(&["DEL", "queue:default"]);
    push(&kit, &report(1));
    kit.eventually("its end is logged", || program.stderr().contains("is back"));
}

/// A program and its Redis are often stopped together. Catches: an error that `run` returns because
/// it came after the stop request.
#[test]
fn stops_without_an_error_if_redis_ends_during_its_last_wait() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let server = Server::new(config(proxy.url(), Duration::from_secs(60))).expect("a URL of a Redis");
    let running = RunningServer::start(&kit, server);
    kit.eventually("it waits for a job", || kit.blocked() == 1);
    running.server.request_stop();
    proxy.refuse();
    proxy.cut();
    let ended = running.server.join("run returns");
    kit.assert(&format!("run returns Ok(()), got {ended:?}"), ended.is_ok());
}
