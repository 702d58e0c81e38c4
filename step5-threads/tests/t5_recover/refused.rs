//! The log of a recovery that Redis refuses.

use std::time::Duration;

use super::common::{job, process};

/// Two processes hold a job that cannot be requeued. Catches: jobs that stay in flight while the
/// log says nothing; a line for each attempt; a second line because another list was recovered
/// meanwhile, or because of the other process; no warning about the jobs that were recovered beside
/// the others.
#[test]
fn logs_once_why_jobs_stay_in_flight() {
    let kit = testkit::kit!();
    kit.command(&["SET", "queue:broken", "no list"]);
    process(&kit, "gone:1:abc", -1.0, "broken", &[job(1)]);
    process(&kit, "gone:1:abc", -1.0, "good", &[job(2)]);
    process(&kit, "gone:2:abc", -1.0, "broken", &[job(3)]);
    let program = kit.start(&["work", "-c", "1", "-q", "unused", "--lease", "0.5"]);
    let lines = || {
        let log = program.stderr();
        let lines = log
            .lines()
            .filter(|line| line.contains("cannot recover the jobs of gone:1:abc"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let recovered = || {
        let log = program.stderr();
        let line = log
            .lines()
            .find(|line| line.contains("WARN") && line.contains("gone:1:abc"));
        line.map(str::to_owned)
    };
    let limit = Duration::from_secs(30);
    kit.eventually_in(limit, "the log reports it", || !lines().is_empty());
    let looks = || {
        let commands = kit.commands();
        commands
            .iter()
            .filter(|command| command.contains("LRANGE") && command.contains("gone:1:abc:0:broken"))
            .count()
    };
    let before = looks();
    kit.eventually("it is tried twice more", || looks() > before + 1);
    let warning = kit.wait_for("a warning is about the job that was recovered", recovered);
    kit.assert(
        &format!("it says how many there were: {warning}"),
        warning.contains("jobs=1"),
    );
    let logged = lines();
    kit.assert(
        &format!("one line of the level ERROR gives the reason, got {logged:?}"),
        logged.len() == 1 && logged[0].contains("ERROR") && logged[0].contains("WRONGTYPE"),
    );
    let reasons = program.stderr().matches("WRONGTYPE").count();
    kit.assert(
        &format!("no other line gives it, except that of the other process, got {reasons}"),
        reasons <= 2,
    );
    kit.command(&["DEL", "queue:broken"]);
    kit.eventually("once they can be, both jobs are recovered", || {
        kit.list("queue:broken").len() == 2
    });
}
