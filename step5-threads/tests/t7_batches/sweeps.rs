//! The calls of the sweeper.

use std::thread;
use std::time::Duration;

use serde_json::json;
use sidepunch::{BoxError, Job, Outcome, Stop, Worker};
use testkit::Entrance;

use super::common::{config, once, quick_job, run};
use super::slow_job::{block_job, run_until_blocked};
use crate::server::{card, in_flight, in_flight_lists, processed, push, sent, server};
use crate::support::RunningServer;

/// Asks its server to stop, then waits at the gate of the test.
struct StopAndHold(Stop, Entrance<()>);

impl Worker for StopAndHold {
    const CLASS: &'static str = "StopAndHoldWorker";
    type Args = ();

    fn perform(&self, (): Self::Args, _: &Job) -> Result<(), BoxError> {
        self.0.request();
        self.1.enter(());
        Ok(())
    }
}

/// Invariant 6, also during a stop, which waits up to 25 s for the slow job. Catches: a sweeper
/// that ends when the stop is requested.
#[test]
fn sweeps_the_batch_of_a_slow_job_during_a_stop() {
    let kit = testkit::kit!();
    let gate = kit.gate();
    let server = server(config(kit.url(), 1));
    let worker = StopAndHold(server.stop(), gate.entrance());
    let slow = json!({"class": StopAndHold::CLASS, "args": []}).to_string();
    push(
        &kit,
        "default",
        (0..300).map(quick_job).chain([slow]).chain((301..400).map(quick_job)),
    );
    let running = RunningServer::start(&kit, server.register(worker));
    gate.wait_for("the slow job begins", 1);
    kit.eventually("only the slow job is in flight", || in_flight(&kit).len() == 1);
    kit.assert_eq("the jobs before it are counted", processed(&kit), 300);
    kit.assert_eq(
        "the jobs behind it are in their queue",
        kit.list("queue:default").len(),
        99,
    );
    gate.open();
    running.stop();
}

/// Catches: a sweep that is left out because no job is behind the slow one.
#[test]
fn acknowledges_the_jobs_before_a_slow_job_that_is_the_last() {
    let kit = testkit::kit!();
    let running = run(&kit, kit.url(), &["default"], 1);
    push(&kit, "default", (0..300).map(quick_job).chain([once(300, &["hold"])]));
    running.gate.wait_for("the slow job begins", 1);
    kit.eventually("the jobs before it are counted", || processed(&kit) == 300);
    kit.assert_eq("the slow job is in flight", in_flight(&kit).len(), 1);
    running.gate.open();
    running.stop();
}

/// A waiter has fetched the first job, and a call the second one. Catches: a call for each slow
/// job, although no other job shares its batch.
#[test]
fn does_not_sweep_a_batch_of_one() {
    let kit = testkit::kit!();
    let running = run(&kit, kit.url(), &["default"], 1);
    kit.eventually("it waits for jobs", || kit.blocked() > 0);
    for number in 1..3 {
        push(&kit, "default", [once(number, &["hold"])]);
        running.gate.wait_for("the job begins", number as usize);
        // Longer than a sweep takes. A sweep would come now, and none may come.
        thread::sleep(Duration::from_millis(200));
        if number == 1 {
            push(&kit, "default", [quick_job(10)]);
        }
        running.gate.let_pass(1);
    }
    kit.eventually("all jobs are counted", || processed(&kit) == 3);
    kit.assert_eq("the sweeper has sent nothing", sent(&kit, "\"running\""), 0);
    running.stop();
}

/// `InFlight`, called by hand. Catches: a crash count that is removed although the job has not
/// ended.
#[test]
fn a_running_job_keeps_its_crash_count() {
    let kit = testkit::kit!();
    push(&kit, "default", [quick_job(1)]);
    let mut calls = in_flight_lists(kit.url());
    let jobs = calls.acknowledge_and_fetch(&[], 1).expect("one job").jobs;
    // Another process has crashed with an equal job.
    kit.command(&["HSET", "sidepunch:crashes", &quick_job(1), "1"]);
    let result = calls.acknowledge_and_fetch(&[(jobs[0].clone(), Outcome::StillRunning)], 0);
    kit.assert(&format!("the call succeeds, got {result:?}"), result.is_ok());
    kit.assert_eq("the job is in flight", in_flight(&kit).len(), 1);
    let crashes: Option<u64> = kit.query(&["HGET", "sidepunch:crashes", &quick_job(1)]);
    kit.assert_eq("its crash count is there", crashes, Some(1));
}

/// Some jobs before the slow one fail. Catches: a sweep that collects new outcomes when it is
/// repeated, so that those of the first attempt are lost, and the failed jobs count as succeeded.
#[test]
fn repeats_the_outcomes_of_a_sweep_that_was_refused() {
    let kit = testkit::kit!();
    // Every other job fails, so one of them is in the batch of the slow job, before it.
    for round in 0..20 {
        let number = |job: u64| 100 * round + job;
        let before = (0..40).map(|job| once(number(job), if job % 2 == 1 { &["fail"] } else { &[] }));
        push(&kit, "default", before.chain([block_job(round)]));
    }
    let (running, gate, _) = run_until_blocked(&kit);
    let before = sent(&kit, "\"running\"");
    kit.eventually("the sweep is repeated", || sent(&kit, "\"running\"") >= before + 2);
    kit.command(&["DEL", "queue:default"]);
    kit.eventually("only the slow job is in flight", || in_flight(&kit).len() == 1);
    let failed = running.begun.try_iter().filter(|number| number % 2 == 1).count();
    kit.assert_eq("each job that failed is in `dead`", card(&kit, "dead"), failed);
    running.server.request_stop();
    gate.open();
    running.stop();
}
