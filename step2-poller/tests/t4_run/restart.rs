//! The program `work` and a Redis that restarts.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{JID, lines, push, work};

/// Catches: a loop that ends or spins; a pause that grows; a log that fills the disk; an outage
/// that is not logged as an error or a warning; a worker that waits on a dead connection.
#[test]
fn survives_a_redis_restart_and_logs_it_once() {
    let kit = testkit::kit!(own);
    let program = work(&kit, &[]);
    let start = Instant::now();
    kit.server().stop();
    // A listener in the place of Redis, which closes each connection and shows when the program
    // tries again.
    let url = kit.url();
    let hangs_up = testkit::redis::listen_in_place_of(&url);
    kit.within(
        Duration::from_secs(6),
        "the program tries to connect three times more, once a second",
        move || {
            (0..3).for_each(|_| drop(hangs_up.accept()));
        },
    );
    let waited = start.elapsed();
    kit.assert(
        &format!("three attempts take three seconds, not {waited:?}"),
        waited > Duration::from_millis(2_900),
    );
    kit.server().start();
    push(&kit, &json!({"class": "SlowWorker", "args": [1], "jid": JID}));
    kit.eventually("a job that is pushed afterwards is performed", || {
        !lines(&program, JID).is_empty()
    });
    let log = program.stderr();
    kit.assert_eq(
        "the outage is logged once: `cannot reach Redis`",
        log.matches("cannot reach Redis").count(),
        1,
    );
    let outage = log.lines().find(|line| line.contains("cannot reach Redis"));
    kit.assert(
        &format!("the line is an error or a warning: {outage:?}"),
        outage.is_some_and(|line| line.contains("ERROR") || line.contains("WARN")),
    );
    let returns: Vec<&str> = log.lines().filter(|line| line.contains("is back")).collect();
    kit.assert_eq("its end is logged once: `is back`", returns.len(), 1);
    kit.assert(
        &format!("with the level INFO: {returns:?}"),
        returns[0].contains("INFO"),
    );
    kit.assert(
        &format!("its end is logged before the job is performed: {log}"),
        log.find("is back") < log.find(JID),
    );
    let address = url.trim_start_matches("redis://").split('/').next().unwrap_or_default();
    kit.assert(
        &format!("the line contains the address of that Redis: {returns:?}"),
        returns[0].contains(address),
    );
    kit.server().stop();
    let logged = |text: &str| program.stderr().matches(text).count();
    kit.eventually("a second outage is logged, too", || logged("cannot reach Redis") == 2);
    kit.server().start();
    kit.eventually("and its end", || logged("is back") == 2);
    // A log goes to files and to other programs, which do not understand colours.
    kit.assert(
        "the log contains no colours if it is not a terminal",
        !log.contains('\u{1b}'),
    );
    program.terminate();
    kit.assert_eq(
        "it still ends with exit code 0",
        program.wait("the program ends").code(),
        Some(0),
    );
}
