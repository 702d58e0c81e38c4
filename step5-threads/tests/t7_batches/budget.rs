//! How many jobs of a batch start before its time is up, as Redis sees it.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use serde_json::json;
use sidepunch::{BoxError, Config, Job, Stop, Worker};
use testkit::Kit;

use super::common::{config, once, quick_job, redis_connection, run};
use crate::server::{in_flight, processed, push, server};
use crate::support::RunningServer;

/// Sends its number to Redis when it starts, then sleeps. Fails if it has no retries.
struct Mark(Mutex<redis::Connection>);

impl Worker for Mark {
    const CLASS: &'static str = "MarkWorker";
    type Args = (u64, u64);

    fn perform(&self, (number, microseconds): Self::Args, job: &Job) -> Result<(), BoxError> {
        redis::cmd("ECHO")
            .arg(format!("mark {number}"))
            .exec(&mut *self.0.lock().map_err(|_| "poisoned")?)?;
        std::thread::sleep(Duration::from_micros(microseconds));
        match job.raw("retry") {
            Some("false") => Err("out of luck".into()),
            _ => Ok(()),
        }
    }
}

fn mark(number: u64, microseconds: u64) -> String {
    json!({"class": Mark::CLASS, "args": [number, microseconds]}).to_string()
}

fn failing_mark(number: u64, microseconds: u64) -> String {
    json!({"class": Mark::CLASS, "args": [number, microseconds], "retry": false}).to_string()
}

/// Performs these jobs with one thread, which fetches up to `batch` of them at once.
fn perform(kit: &Kit, batch: usize, jobs: impl IntoIterator<Item = String>) {
    let jobs: Vec<String> = jobs.into_iter().collect();
    let count = jobs.len() as u64;
    push(kit, "default", jobs);
    let connection = redis_connection(&kit.url()).expect("a Redis");
    let config = Config {
        batch,
        ..config(kit.url(), 1)
    };
    let server = server(config).register(Mark(Mutex::new(connection)));
    let running = RunningServer::start(kit, server);
    kit.eventually("all jobs are performed", || processed(kit) == count);
    running.stop();
}

/// Returns the most jobs of [`Mark`] that started without a call for the queue in between.
fn most_at_once(kit: &Kit) -> usize {
    let commands = kit.commands();
    let sent = commands.iter().filter(|command| !command.starts_with("lua: "));
    let (mut most, mut count) = (0, 0);
    for command in sent {
        if command.contains("queue:default") {
            count = 0;
        } else if command.starts_with("ECHO \"mark") {
            count += 1;
            most = most.max(count);
        }
    }
    most
}

/// Twenty times, jobs of 0.4 ms follow quick ones, which have made the batches large. The third of
/// them starts after 0.8 ms at the earliest, and the fourth after 1.2 ms.
fn assert_three_in_a_batch(kit: &Kit, mark: fn(u64, u64) -> String) {
    let jobs = (0..20).flat_map(|round| {
        let quick = (0..300).map(quick_job);
        quick.chain((0..40).map(move |number| mark(40 * round + number, 400)))
    });
    perform(kit, 64, jobs);
    let most = most_at_once(kit);
    kit.assert(
        &format!("at most three of them start in one batch, got {most}"),
        most <= 3,
    );
}

/// Catches: a time limit for each job instead of one for the batch, so that a batch of 64 takes 25
/// ms.
#[test]
fn ends_a_batch_of_jobs_that_are_each_in_time() {
    let kit = testkit::kit!();
    assert_three_in_a_batch(&kit, mark);
}

/// Catches: a failed job that counts as if it had taken no time.
#[test]
fn ends_a_batch_of_jobs_that_fail() {
    let kit = testkit::kit!();
    assert_three_in_a_batch(&kit, failing_mark);
}

/// Two jobs of 0.26 ms take more than half of the budget, so a batch has at most two of them.
/// Catches: a batch that grows because each of its jobs, or the last one, took less than half of
/// the budget.
#[test]
fn a_batch_does_not_grow_by_the_time_of_one_job() {
    let kit = testkit::kit!();
    perform(&kit, 64, (0..1600).map(|number| mark(number, 260)));
    let most = most_at_once(&kit);
    kit.assert(&format!("at most two start in one batch, got {most}"), most <= 2);
}

/// Catches: a batch that grows beyond the setting, because the processor passes another maximum.
#[test]
fn a_batch_has_at_most_as_many_jobs_as_the_setting() {
    let kit = testkit::kit!();
    perform(&kit, 2, (0..400).map(|number| mark(number, 0)));
    let most = most_at_once(&kit);
    kit.assert(&format!("at most two start in one batch, got {most}"), most <= 2);
}

/// Jobs of 0.4 ms follow quick ones. The first batch is too large, the next ones are not. Catches:
/// a size that follows the number of fetched jobs, so that each batch requeues most of its jobs
/// again.
#[test]
fn requeues_a_job_only_a_few_times() {
    let kit = testkit::kit!();
    let jobs = (0..20).flat_map(|round| {
        let quick = (0..300).map(quick_job);
        quick.chain((0..40).map(move |number| mark(40 * round + number, 400)))
    });
    perform(&kit, 64, jobs);
    let mut times: HashMap<String, usize> = HashMap::new();
    for command in kit.commands() {
        if let Some(job) = command.strip_prefix("lua: RPUSH \"queue:default\" ")
            && job.contains(Mark::CLASS)
        {
            *times.entry(job.to_owned()).or_default() += 1;
        }
    }
    let most = times.values().max().copied().unwrap_or_default();
    kit.assert(
        &format!("no job returns to its queue more than five times, got {most}"),
        most <= 5,
    );
}

/// Catches: the first job of a batch that is started although the process is quiet.
#[test]
fn starts_no_job_of_a_batch_that_arrives_after_a_stop() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let running = run(&kit, proxy.url(), &["default"], 1);
    kit.eventually("it waits for jobs", || kit.blocked() > 0);
    push(&kit, "default", [once(1, &["hold"])]);
    running.gate.wait_for("the first job begins", 1);
    push(&kit, "default", (2..5).map(quick_job));
    proxy.hold_replies();
    running.gate.open();
    kit.eventually("the next batch is fetched", || {
        in_flight(&kit).iter().any(|(_, job)| *job == quick_job(2))
    });
    running.server.request_stop();
    proxy.release_replies();
    let ended = running.server.join("run returns");
    kit.assert(&format!("run returns Ok(()), got {ended:?}"), ended.is_ok());
    let begun: Vec<u64> = running.begun.try_iter().collect();
    kit.assert_eq("only the first job was performed", begun, vec![1]);
    let queue: Vec<String> = (2..5).rev().map(quick_job).collect();
    kit.assert_eq("the others are in their queue", kit.list("queue:default"), queue);
}

/// Asks its server to be quiet.
struct Quiet(Stop);

impl Worker for Quiet {
    const CLASS: &'static str = "QuietWorker";
    type Args = ();

    fn perform(&self, (): Self::Args, _: &Job) -> Result<(), BoxError> {
        self.0.quiet();
        Ok(())
    }
}

/// The batches have 1, 2 and 4 jobs, and in the middle of the third one the server becomes quiet.
/// On a busy machine they may be smaller, so there are five rounds. Catches: a batch that checks
/// only at its beginning whether the process is quiet.
#[test]
fn starts_no_job_of_a_batch_after_a_stop() {
    let kit = testkit::kit!();
    for _ in 0..5 {
        let quiet = json!({"class": Quiet::CLASS, "args": []}).to_string();
        let jobs = (1..5).map(quick_job).chain([quiet]).chain((6..16).map(quick_job));
        push(&kit, "default", jobs);
        let server = server(config(kit.url(), 1));
        let worker = Quiet(server.stop());
        let running = RunningServer::start(&kit, server.register(worker));
        kit.eventually("the jobs that have run are counted", || processed(&kit) >= 5);
        running.server.request_stop();
        let ended = running.server.join("run returns");
        kit.assert(&format!("run returns Ok(()), got {ended:?}"), ended.is_ok());
        let begun: Vec<u64> = running.begun.try_iter().collect();
        kit.assert_eq("no job has begun since the server is quiet", begun, vec![1, 2, 3, 4]);
        let queue: Vec<String> = (6..16).rev().map(quick_job).collect();
        kit.assert_eq("the others are in their queue", kit.list("queue:default"), queue);
        kit.command(&["DEL", "queue:default", "stat:processed"]);
    }
}

/// Catches: the time of a batch that runs from its call, so that each job is requeued and none runs
/// if a round trip takes longer than a batch.
#[test]
fn performs_jobs_although_a_round_trip_takes_longer_than_a_batch() {
    let kit = testkit::kit!();
    push(&kit, "default", (0..20).map(quick_job));
    let proxy = kit.proxy();
    proxy.delay(Duration::from_millis(5));
    let running = run(&kit, proxy.url(), &["default"], 1);
    kit.eventually("all jobs are performed", || processed(&kit) == 20);
    running.stop();
}
