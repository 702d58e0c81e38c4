//! The program `work` and a Redis that restarts.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{JID, lines, push, work};

/// Kills: a loop that ends or spins, a log that fills the disk, a worker that waits on a dead connection.
#[test]
fn survives_a_redis_restart_and_logs_it_once() {
    let kit = testkit::kit!(own);
    let program = work(&kit, &[]);
    let start = Instant::now();
    kit.server().stop();
    // In Redis's place, somebody who hangs up, to see when it is tried again.
    let url = kit.url();
    let address = url.trim_start_matches("redis://").split('/').next().unwrap_or_default();
    let hangs_up = TcpListener::bind(address).expect("Redis has left its port");
    kit.within(Duration::from_secs(10), "a lost Redis is tried again", move || {
        drop(hangs_up.accept());
    });
    let waited = start.elapsed();
    kit.assert(
        &format!("it is tried again after a second, not after {waited:?}"),
        waited > Duration::from_millis(900),
    );
    kit.server().start();
    push(&kit, &json!({"class": "SlowWorker", "args": [1], "jid": JID}));
    kit.eventually("the job that came afterwards is performed", || {
        !lines(&program, JID).is_empty()
    });
    let log = program.stderr();
    kit.assert_eq(
        "the loss is told once: `cannot reach Redis`",
        log.matches("cannot reach Redis").count(),
        1,
    );
    let returns: Vec<&str> = log.lines().filter(|line| line.contains("is back")).collect();
    kit.assert_eq("the return is told once: `is back`", returns.len(), 1);
    kit.assert(
        &format!("it is told before the job is performed: {log}"),
        log.find("is back") < log.find(JID),
    );
    let address = url.trim_start_matches("redis://").split('/').next().unwrap_or_default();
    kit.assert(
        &format!("it says which Redis is back: {returns:?}"),
        returns[0].contains(address),
    );
    kit.server().stop();
    let told = |text: &str| program.stderr().matches(text).count();
    kit.eventually("a second loss is told, too", || told("cannot reach Redis") == 2);
    kit.server().start();
    kit.eventually("and the second return", || told("is back") == 2);
    // A log goes to files and to other programs.
    kit.assert("there is no colour in what is no terminal", !log.contains('\u{1b}'));
    program.terminate();
    kit.assert_eq(
        "it still ends with exit code 0",
        program.wait("the program ends").code(),
        Some(0),
    );
}
