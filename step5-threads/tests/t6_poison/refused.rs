//! The log of a poison pill that cannot be stored.

use std::time::Duration;

use crate::t5_recover::common::{job, process};

/// Catches: a poison pill that stays in flight while the log says nothing; a line for each attempt.
#[test]
fn logs_once_that_the_dead_set_cannot_take_a_poison_pill() {
    let kit = testkit::kit!();
    kit.command(&["SET", "dead", "no sorted set"]);
    kit.command(&["HSET", "sidepunch:crashes", &job(1), "2"]);
    process(&kit, "gone:1:abc", -1.0, "default", &[job(1), job(2)]);
    let program = kit.start(&["work", "-c", "1", "-q", "unused", "--lease", "0.5"]);
    let logged = || {
        program
            .stderr()
            .matches("cannot recover the jobs of gone:1:abc")
            .count()
    };
    let limit = Duration::from_secs(30);
    kit.eventually_in(limit, "the log reports it", || logged() > 0);
    kit.assert_eq(
        "the job behind it is recovered",
        kit.list("queue:default"),
        vec![job(2)],
    );
    let looks = || {
        let commands = kit.commands();
        commands
            .iter()
            .filter(|command| command.contains("LRANGE") && command.contains("gone"))
            .count()
    };
    let before = looks();
    kit.eventually("it is tried twice more", || looks() > before + 1);
    let log = program.stderr();
    kit.assert(
        &format!("one line gives the reason: {log}"),
        logged() == 1 && log.contains("WRONGTYPE"),
    );
    kit.command(&["DEL", "dead"]);
    kit.eventually("once it can be, it is stored", || {
        kit.query::<usize>(&["ZCARD", "dead"]) == 1
    });
}
