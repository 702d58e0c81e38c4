//! When the scheduler polls.

use std::time::{Duration, Instant};

use serde_json::json;

use super::run::{add, looks, run};
use crate::support::{JID, lines};

/// Many processes poll the same Redis. Catches: a random pause that may be zero.
#[test]
fn waits_at_least_half_of_the_poll_interval() {
    let kit = testkit::kit!();
    let poll = Duration::from_millis(250);
    let running = run(&kit, kit.url(), poll);
    add(&kit, "retry", 1.0, 1);
    kit.eventually("a due job is performed", || running.begun.try_recv() == Ok(1));
    // After it has moved a job it polls once more without a pause. Each of the other nine polls is
    // followed by one.
    let (before, start) = (looks(&kit), Instant::now());
    kit.eventually("it polls ten more times", || looks(&kit) >= before + 10);
    let waited = start.elapsed();
    kit.assert(
        &format!("ten polls take at least eight pauses of {:?}, not {waited:?}", poll / 2),
        waited >= 4 * poll,
    );
    running.stop();
}

/// Catches: a thread that ends when its connection breaks.
#[test]
fn keeps_polling_through_an_outage() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let running = run(&kit, proxy.url(), Duration::from_millis(20));
    add(&kit, "retry", 1.0, 1);
    kit.eventually("a due job is performed", || running.begun.try_recv() == Ok(1));
    proxy.refuse();
    proxy.cut();
    add(&kit, "retry", 1.0, 2);
    // A listener in the place of Redis, which closes each connection and shows who tries again: the
    // loop that fetches tries once a second.
    let hangs_up = testkit::redis::listen_in_place_of(&proxy.url());
    kit.within(
        Duration::from_secs(5),
        "the scheduler goes on polling while Redis is away",
        move || {
            (0..10).for_each(|_| drop(hangs_up.accept()));
        },
    );
    proxy.accept();
    kit.eventually("when Redis is back, due jobs are performed again", || {
        running.begun.try_recv() == Ok(2)
    });
    running.stop();
}

/// The loop that fetches logs an outage, and one line is enough. Catches: a scheduler that logs it,
/// too.
#[test]
fn leaves_the_log_of_an_outage_to_the_loop() {
    let kit = testkit::kit!(own);
    let program = kit.start(&["work", "--poll", "0.01"]);
    let job = json!({"class": "SlowWorker", "args": [1], "jid": JID}).to_string();
    kit.command(&["ZADD", "retry", "1", &job]);
    kit.eventually("a due job is performed", || !lines(&program, JID).is_empty());
    kit.server().stop();
    let hangs_up = testkit::redis::listen_in_place_of(&kit.url());
    kit.within(
        Duration::from_secs(5),
        "the scheduler tries to connect again and again",
        move || {
            (0..10).for_each(|_| drop(hangs_up.accept()));
        },
    );
    kit.server().start();
    kit.eventually("the end of the outage is logged", || {
        program.stderr().contains("is back")
    });
    let outages = program.stderr().matches("cannot reach Redis").count();
    kit.assert_eq("the outage has one line", outages, 1);
}
