//! The scheduler's thread, in `Server::run` and in the program.

use std::time::{Duration, Instant};

use serde_json::json;
use sidepunch::{Config, Server};
use testkit::{Kit, epoch_seconds};

use crate::support::{RunningServer, config, push, tell};

/// Runs a server in a thread of its own.
pub fn run(kit: &Kit, redis: String, poll: Duration) -> RunningServer {
    let config = Config {
        poll,
        ..config(redis, Duration::from_millis(20))
    };
    RunningServer::start(kit, Server::new(config).expect("a URL of a Redis"))
}

/// Adds a job for `Tell` to a sorted set.
pub fn add(kit: &Kit, set: &str, at: f64, number: u64) {
    kit.command(&["ZADD", set, &at.to_string(), &tell(number).to_string()]);
}

/// How often it was looked for due jobs.
pub fn looks(kit: &Kit) -> usize {
    let commands = kit.commands();
    commands
        .iter()
        .filter(|command| command.contains("\"schedule\""))
        .count()
}

/// Kills: a scheduler that nobody starts, that looks once only, or that performs a job before its time.
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
        kit.assert("and not before", epoch_seconds() >= due);
    }
    running.stop();
}

/// Kills: a wait that a stop does not end.
#[test]
fn stops_without_waiting_for_the_next_poll() {
    let kit = testkit::kit!();
    add(&kit, "schedule", 1.0, 1);
    let running = run(&kit, kit.url(), Duration::from_secs(3_600));
    kit.eventually("it looks at once when it starts", || running.begun.try_recv() == Ok(1));
    // A stop that comes before the wait would not have to end it.
    kit.eventually("it looks again, and finds nothing", || {
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

/// More than one batch must not take more than one pause, and then there is one. Kills: one batch for each look; a loop
/// that spins.
#[test]
fn moves_a_backlog_without_a_pause() {
    let kit = testkit::kit!();
    for number in 0..350 {
        add(&kit, "retry", 1.0, number);
    }
    let running = run(&kit, kit.url(), Duration::from_secs(3_600));
    kit.eventually("all of a backlog of 350 are moved at the first look", || {
        kit.query::<usize>(&["ZCARD", "retry"]) == 0
    });
    let mut performed = 0;
    kit.eventually("all are performed", || {
        performed += running.begun.try_iter().count();
        performed == 350
    });
    let looks = looks(&kit);
    // Four that find something, and one that does not. Meanwhile 350 jobs were performed.
    kit.assert(
        &format!("it does not look again and again, {looks} times, when nothing is left"),
        looks < 20,
    );
    running.stop();
}

/// Kills: a set of another type that ends the thread, or is told at each look.
#[test]
fn logs_a_scheduler_error_once() {
    let kit = testkit::kit!();
    kit.command(&["SET", "schedule", "no sorted set"]);
    add(&kit, "retry", 1.0, 1);
    let program = kit.start(&["work", "--poll", "0.01"]);
    kit.eventually("the program says that due jobs cannot be moved", || {
        program.stderr().contains("WRONGTYPE")
    });
    let before = looks(&kit);
    kit.eventually("it goes on looking", || looks(&kit) > before + 5);
    kit.assert_eq("it said so once", program.stderr().matches("WRONGTYPE").count(), 1);
    kit.command(&["DEL", "schedule"]);
    let job = json!({"class": "SlowWorker", "args": [1], "jid": "aaaaaaaaaaaaaaaaaaaaaaaa"}).to_string();
    kit.command(&["ZADD", "schedule", "1", &job]);
    kit.eventually("and performs what is due once it can", || {
        program.stderr().contains("aaaaaaaaaaaaaaaaaaaaaaaa")
    });
}

/// The whole way of a job that fails: fetched, performed, retried, performed again, and given up.
#[test]
fn retries_a_failed_job_and_moves_it_to_the_dead_set() {
    let kit = testkit::kit!();
    let program = kit.start(&["work", "--poll", "0.01"]);
    let jid = "aaaaaaaaaaaaaaaaaaaaaaaa";
    let job = json!({"class": "FailWorker", "args": ["out of luck"], "jid": jid, "retry": 1});
    push(&kit, &job);
    let card = |set: &str| kit.query::<usize>(&["ZCARD", set]);
    kit.eventually("it fails, and waits in `retry`", || card("retry") == 1);
    kit.assert_eq("it is not dead yet", card("dead"), 0);
    // Instead of waiting for 15 s, as a person would in Sidekiq's pages.
    let members: Vec<String> = kit.query(&["ZRANGE", "retry", "0", "-1"]);
    kit.command(&["ZINCRBY", "retry", "-30", &members[0]]);
    kit.eventually(
        "it is retried, fails again, and is dead: one retry was its limit",
        || card("dead") == 1,
    );
    kit.assert_eq("it waits no longer", card("retry"), 0);
    // The log goes another way than the job, and may come later.
    kit.eventually("the log tells of two runs", || {
        program.stderr().matches(jid).count() == 2
    });
}
