//! The scheduler's thread, in `Server::run` and in the program.

use std::time::{Duration, Instant};

use serde_json::json;
use sidepunch::{Config, Server};
use testkit::{Kit, epoch_seconds};

use crate::support::{RunningServer, config, push, report};

/// Runs a server in its own thread.
pub fn run(kit: &Kit, redis: String, poll: Duration) -> RunningServer {
    let config = Config {
        poll,
        ..config(redis, Duration::from_millis(20))
    };
    RunningServer::start(kit, Server::new(config).expect("a URL of a Redis"))
}

/// Adds a job for `Report` to a sorted set.
pub fn add(kit: &Kit, set: &str, at: f64, number: u64) {
    kit.command(&["ZADD", set, &at.to_string(), &report(number).to_string()]);
}

/// Returns how often a scheduler has looked for due jobs.
pub fn looks(kit: &Kit) -> usize {
    let commands = kit.commands();
    commands
        .iter()
        .filter(|command| command.contains("\"schedule\""))
        .count()
}

/// Catches: a scheduler that is not started, that polls only once, or that performs a job before
/// its time.
#[test]
fn performs_jobs_when_they_are_due() {
    let kit = testkit::kit!();
    let running = run(&kit, kit.url(), Duration::from_millis(20));
    for (set, number) in [("retry", 1), ("schedule", 2)] {
        let due = epoch_seconds() + 0.3;
        add(&kit, set, due, number);
        kit.eventually("a job is performed when it is due", || {
            running.begun.try_recv() == Ok(number)
        });
        kit.assert("and not earlier", epoch_seconds() >= due);
    }
    running.stop();
}

/// Catches: a pause that a stop does not interrupt.
#[test]
fn stops_without_waiting_for_the_next_poll() {
    let kit = testkit::kit!();
    add(&kit, "schedule", 1.0, 1);
    let running = run(&kit, kit.url(), Duration::from_secs(3_600));
    kit.eventually("it polls as soon as it starts", || running.begun.try_recv() == Ok(1));
    // A stop request before the pause begins would not have to interrupt it.
    kit.eventually("it polls again, and finds nothing", || {
        let commands = kit.commands();
        let looks = commands
            .iter()
            .filter(|command| command.starts_with("ZRANGEBYSCORE \"schedule\""));
        looks.count() >= 2
    });
    let asked = Instant::now();
    running.stop();
    kit.assert(
        "it ends at once, not in an hour",
        asked.elapsed() < Duration::from_secs(3),
    );
}

/// Several pages of due jobs must not need several pauses, and after the last one there must be a
/// pause. Catches: one page for each poll; a loop that spins.
#[test]
fn moves_a_backlog_without_a_pause() {
    let kit = testkit::kit!();
    for number in 0..350 {
        add(&kit, "retry", 1.0, number);
    }
    let running = run(&kit, kit.url(), Duration::from_secs(3_600));
    kit.eventually("a backlog of 350 jobs is moved at the first poll", || {
        kit.query::<usize>(&["ZCARD", "retry"]) == 0
    });
    let mut performed = 0;
    kit.eventually("all jobs are performed", || {
        performed += running.begun.try_iter().count();
        performed == 350
    });
    let looks = looks(&kit);
    // Four polls find jobs, and the fifth finds none. Meanwhile 350 jobs were performed.
    kit.assert(
        &format!("it does not go on polling without a pause when nothing is left: {looks} polls"),
        looks < 20,
    );
    running.stop();
}

/// Catches: a set of another type that ends the thread, or that is logged at each poll.
#[test]
fn logs_a_scheduler_error_once() {
    let kit = testkit::kit!();
    kit.command(&["SET", "schedule", "no sorted set"]);
    add(&kit, "retry", 1.0, 1);
    let program = kit.start(&["work", "--poll", "0.01"]);
    kit.eventually("the log reports that due jobs cannot be moved", || {
        program.stderr().contains("WRONGTYPE")
    });
    let before = looks(&kit);
    kit.eventually("it goes on polling", || looks(&kit) > before + 5);
    kit.assert_eq(
        "the log reports it once",
        program.stderr().matches("WRONGTYPE").count(),
        1,
    );
    kit.command(&["DEL", "schedule"]);
    let job = json!({"class": "SlowWorker", "args": [1], "jid": "aaaaaaaaaaaaaaaaaaaaaaaa"}).to_string();
    kit.command(&["ZADD", "schedule", "1", &job]);
    kit.eventually("due jobs are performed when this is possible again", || {
        program.stderr().contains("aaaaaaaaaaaaaaaaaaaaaaaa")
    });
}

/// An error usually lasts. Catches: a scheduler that polls again at once, and so keeps Redis busy.
#[test]
fn pauses_after_an_error() {
    let kit = testkit::kit!();
    kit.command(&["SET", "schedule", "no sorted set"]);
    kit.command(&["ZADD", "retry", "1", r#"{"class":"SlowWorker","args":[100]}"#]);
    let program = kit.start(&["work", "--poll", "3600"]);
    kit.eventually("the log reports that due jobs cannot be moved", || {
        program.stderr().contains("WRONGTYPE")
    });
    kit.eventually("a due job of the other set is performed meanwhile", || {
        program.stderr().contains(" done")
    });
    let looks = looks(&kit);
    kit.assert(&format!("it does not poll without a pause: {looks} polls"), looks < 20);
}

/// Catches: a refusal that is logged only once in the life of the process.
#[test]
fn logs_a_later_scheduler_error_again() {
    let kit = testkit::kit!();
    let program = kit.start(&["work", "--poll", "0.01"]);
    for times in 1..=2 {
        kit.command(&["SET", "schedule", "no sorted set"]);
        kit.eventually("the log reports that due jobs cannot be moved", || {
            program.stderr().matches("WRONGTYPE").count() == times
        });
        kit.command(&["DEL", "schedule"]);
        // A look that had begun before is over at the second one.
        let before = looks(&kit);
        kit.eventually("it looks twice more", || looks(&kit) > before + 1);
    }
    add(&kit, "schedule", 1.0, 1);
    kit.eventually("afterwards, a due job is moved", || {
        kit.query::<usize>(&["ZCARD", "schedule"]) == 0
    });
}

/// The whole life of a job that fails: fetched, performed, retried, performed again, and moved to
/// the dead set.
#[test]
fn retries_a_failed_job_and_moves_it_to_the_dead_set() {
    let kit = testkit::kit!();
    let program = kit.start(&["work", "--poll", "0.01"]);
    let jid = "aaaaaaaaaaaaaaaaaaaaaaaa";
    let job = json!({"class": "FailWorker", "args": ["out of luck"], "jid": jid, "retry": 1});
    push(&kit, &job);
    let card = |set: &str| kit.query::<usize>(&["ZCARD", set]);
    kit.eventually("the job fails, and is in `retry`", || card("retry") == 1);
    kit.assert_eq("it is not dead yet", card("dead"), 0);
    // Makes the job due, instead of waiting for 15 s.
    let members: Vec<String> = kit.query(&["ZRANGE", "retry", "0", "-1"]);
    kit.command(&["ZINCRBY", "retry", "-30", &members[0]]);
    kit.eventually(
        "it is retried, fails again, and is dead, because its limit is one retry",
        || card("dead") == 1,
    );
    kit.assert_eq("it is no longer in `retry`", card("retry"), 0);
    // The log line is written separately from the job, and may come later.
    kit.eventually("the log reports two runs", || {
        program.stderr().matches(jid).count() == 2
    });
}
