//! Failures while Redis is away.

use std::sync::mpsc::channel;
use std::time::Duration;

use serde_json::json;
use sidepunch::Server;

use super::scripted_worker::{Obey, members, obey};
use crate::support::{RunningServer, config, push};

/// As in `repeats_a_refused_write_before_the_next_job`, but in the loop and through an outage.
/// Catches: a loop that goes on to the next job.
#[test]
fn keeps_a_failed_job_through_an_outage() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let (obeys, obeyed) = channel();
    let server = Server::new(config(proxy.url(), Duration::from_millis(20))).expect("a URL of a Redis");
    let running = RunningServer::start(&kit, server.register(Obey(obeys)));
    kit.eventually("it waits for a job", || kit.blocked() == 1);
    kit.command(&["SET", "retry", "no sorted set"]);
    push(&kit, &obey("fail"));
    kit.eventually("the job fails", || obeyed.try_recv().is_ok());
    // Before that, a loop with a single attempt might succeed.
    kit.eventually("Redis refuses to store it", || {
        kit.commands().iter().any(|command| command.contains("ZADD \"retry\""))
    });
    proxy.refuse();
    proxy.cut();
    kit.command(&["DEL", "retry"]);
    proxy.accept();
    kit.eventually("when Redis is back, the failed job is stored", || {
        members(&kit, "retry").len() == 1
    });
    running.stop();
}

/// A malformed message is as important as a failed job. Catches: a single attempt to store it.
#[test]
fn keeps_a_malformed_message_that_cannot_be_stored() {
    let kit = testkit::kit!();
    let server = Server::new(config(kit.url(), Duration::from_millis(20))).expect("a URL of a Redis");
    let running = RunningServer::start(&kit, server);
    kit.command(&["SET", "dead", "no sorted set"]);
    kit.lpush("queue:default", &[b"no job at all"]);
    kit.eventually("Redis refuses to store it", || {
        kit.commands().iter().any(|command| command.contains("ZADD \"dead\""))
    });
    kit.command(&["DEL", "dead"]);
    kit.eventually("when Redis accepts it, it is stored", || {
        members(&kit, "dead").len() == 1
    });
    running.stop();
}

/// The outage begins while the job runs. Catches: a decision that is kept only if Redis has refused
/// it.
#[test]
fn keeps_a_job_that_fails_during_an_outage() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let server = Server::new(config(proxy.url(), Duration::from_millis(20))).expect("a URL of a Redis");
    push(
        &kit,
        &json!({"class": "ScriptedWorker", "args": [1, ["hold", "fail"]], "jid": "abc"}),
    );
    let running = RunningServer::start(&kit, server);
    kit.eventually("the job begins", || running.begun.try_recv() == Ok(1));
    proxy.refuse();
    proxy.cut();
    let hangs_up = testkit::redis::listen_in_place_of(&proxy.url());
    running.gate.open();
    kit.within(
        Duration::from_secs(6),
        "the server tries to store the failed job three times",
        move || {
            (0..3).for_each(|_| drop(hangs_up.accept()));
        },
    );
    proxy.accept();
    kit.eventually("when Redis is back, the failed job is stored", || {
        members(&kit, "retry").len() == 1
    });
    running.stop();
}
