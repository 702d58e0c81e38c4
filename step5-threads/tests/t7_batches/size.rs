//! How many jobs are fetched at once.

use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use sidepunch::{BATCH_BUDGET, BoxError, Config, Job, Worker, next_batch_size};

use super::common::{config, once, quick_job, redis_connection, run};
use crate::server::{processed, push, server};
use crate::support::RunningServer;

/// Sends how many jobs are in flight while it runs, itself included, as Redis reports it.
struct CountInFlight(String, Sender<usize>);

impl Worker for CountInFlight {
    const CLASS: &'static str = "InFlightWorker";
    type Args = (u64,);

    fn perform(&self, (milliseconds,): Self::Args, _: &Job) -> Result<(), BoxError> {
        std::thread::sleep(Duration::from_millis(milliseconds));
        let mut connection = redis_connection(&self.0)?;
        let lists: Vec<String> = redis::cmd("KEYS")
            .arg("sidepunch:inflight:*:default")
            .query(&mut connection)?;
        let mut count = 0;
        for list in lists {
            count += redis::cmd("LLEN").arg(list).query::<usize>(&mut connection)?;
        }
        Ok(self.1.send(count)?)
    }
}

/// A job of three milliseconds.
const COUNT_IN_FLIGHT: &str = r#"{"class": "InFlightWorker", "args": [3]}"#;

/// A round trip costs twenty times as much as a small job. Catches: one job for each fetch, however
/// small it is; an acknowledgement for each job of a batch.
#[test]
fn fetches_quick_jobs_in_batches() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    push(&kit, "default", (0..4_000).map(quick_job));
    let running = run(&kit, proxy.url(), &["default"], 2);
    kit.eventually("all jobs are performed", || processed(&kit) == 4_000);
    let requests = proxy.requests();
    kit.assert(
        &format!("4,000 quick jobs take far fewer requests, not {requests}"),
        requests < 1_000,
    );
    running.stop();
}

/// Catches: a job that failed, and that does not count as started.
#[test]
fn fetches_quick_jobs_that_fail_in_batches() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    push(&kit, "default", (0..4_000).map(|number| once(number, &["fail"])));
    let running = run(&kit, proxy.url(), &["default"], 2);
    kit.eventually("all jobs are performed", || processed(&kit) == 4_000);
    let requests = proxy.requests();
    kit.assert(
        &format!("4,000 jobs that fail take far fewer requests, not {requests}"),
        requests < 1_000,
    );
    running.stop();
}

/// Catches: a job that a wait brings, and that is requeued and fetched again.
#[test]
fn performs_the_job_of_a_wait_without_requeuing_it() {
    let kit = testkit::kit!();
    let running = run(&kit, kit.url(), &["default"], 2);
    for number in 1..4 {
        kit.eventually("it waits for a job", || kit.blocked() > 0);
        push(&kit, "default", [quick_job(number)]);
        kit.eventually("the job is performed", || processed(&kit) == number);
    }
    let requeued: Vec<String> = kit.commands();
    let requeued: Vec<&String> = requeued
        .iter()
        .filter(|command| command.contains("RPUSH \"queue:default\""))
        .collect();
    kit.assert(&format!("no job is requeued, got {requeued:?}"), requeued.is_empty());
    running.stop();
}

/// Invariant 6. Catches: a batch of a fixed size; a batch that grows however long its jobs take.
#[test]
fn fetches_slow_jobs_one_by_one() {
    let kit = testkit::kit!();
    let (counts, counted) = channel();
    push(&kit, "default", [COUNT_IN_FLIGHT; 30]);
    let server = server(config(kit.url(), 1)).register(CountInFlight(kit.url(), counts));
    let running = RunningServer::start(&kit, server);
    let counts: Vec<usize> = (0..30)
        .map(|_| kit.wait_for("each job is performed", || counted.try_recv().ok()))
        .collect();
    kit.assert_eq("each was the only job in flight", counts, vec![1; 30]);
    running.stop();
}

/// The batch was too large, but not so much that the sweeper would requeue a part of it. Catches: a
/// batch that is performed completely, however long that takes; a size that follows the mean or the
/// last of the times, so that the next slow jobs are fetched together; a rest of the batch that is
/// lost, performed twice, or reversed.
#[test]
fn ends_a_batch_when_its_time_is_up() {
    let kit = testkit::kit!();
    let (counts, counted) = channel();
    for start in [0, 300, 600, 900, 1_200] {
        let quick = (start..start + 300).map(quick_job);
        push(&kit, "default", quick.chain([COUNT_IN_FLIGHT; 10].map(str::to_owned)));
    }
    let server = server(config(kit.url(), 1)).register(CountInFlight(kit.url(), counts));
    let running = RunningServer::start(&kit, server);
    kit.eventually("all jobs are performed", || processed(&kit) == 1_550);
    let counts: Vec<usize> = counted.try_iter().collect();
    let together = counts
        .chunks(10)
        .map(|ten| &ten[1..])
        .filter(|rest| **rest != [1; 9])
        .count();
    kit.assert(
        &format!("only the first of ten slow jobs may be in a batch with others, got {counts:?}"),
        together == 0,
    );
    let all: Vec<u64> = running.begun.try_iter().collect();
    kit.assert_eq("the quick jobs keep their order", all, (0..1_500).collect::<Vec<_>>());
    running.stop();
}

/// Catches: a batch that contains some jobs of each queue; a batch that reverses the order.
#[test]
fn keeps_the_order_of_jobs_in_batches() {
    let kit = testkit::kit!();
    push(&kit, "low", (1_000..1_300).map(quick_job));
    push(&kit, "high", (0..500).map(quick_job));
    let running = run(&kit, kit.url(), &["high", "low"], 1);
    kit.eventually("all jobs are performed", || processed(&kit) == 800);
    let all: Vec<u64> = running.begun.try_iter().collect();
    let expected: Vec<u64> = (0..500).chain(1_000..1_300).collect();
    kit.assert_eq("the jobs are performed in order, the urgent ones first", all, expected);
    running.stop();
}

/// The size of the next batch. Catches: a size that grows by one; no limit; a mean that hides one
/// slow job; a batch that grows although its time was up; a size of 0.
#[test]
fn grows_batches_while_jobs_are_quick() {
    let kit = testkit::kit!();
    let ms = Duration::from_millis(1);
    let cases = [
        ("one quick job: two", (1, 1, ms / 100, ms / 100), 2),
        ("32 quick jobs: 64", (32, 32, ms / 4, ms / 20), 64),
        ("never more than the maximum", (48, 48, ms / 4, ms / 20), 64),
        ("nor if so many were started", (100, 80, ms * 3 / 2, ms / 10), 64),
        ("one slow job: one", (1, 1, ms * 5, ms * 5), 1),
        ("one slow job among 64: one", (64, 60, ms * 2, ms + ms / 10), 1),
        (
            "the time was up: as many as were started in time",
            (64, 20, ms + ms / 100, ms / 10),
            20,
        ),
        ("the time was nearly up: not more", (16, 16, ms * 9 / 10, ms / 10), 16),
    ];
    for (what, (fetched, started, took, longest), expected) in cases {
        kit.assert_eq(what, next_batch_size(fetched, started, took, longest, 64), expected);
    }
    kit.assert_eq(
        "at least one, although none was started",
        next_batch_size(8, 0, ms, Duration::ZERO, 64),
        1,
    );
}

/// Each bound, from both sides. Catches: a longest job that may take half or twice the budget, a
/// batch that grows when it took less than the whole budget, or only when it took much less than
/// half of it.
#[test]
fn a_batch_shrinks_only_beyond_the_budget_and_grows_below_half_of_it() {
    let kit = testkit::kit!();
    kit.assert_eq("the budget is 1 ms", BATCH_BUDGET, Duration::from_millis(1));
    let us = Duration::from_micros;
    let cases = [
        (
            "the longest job takes the whole budget: no change",
            (8, 8, us(1_000), us(1_000)),
            8,
        ),
        ("it takes most of the budget: no change", (8, 8, us(950), us(900)), 8),
        (
            "it takes a little more than the budget: one",
            (8, 8, us(1_010), us(1_001)),
            1,
        ),
        ("half of the budget for all: no change", (8, 8, us(500), us(100)), 8),
        (
            "a little less than half of it: twice as many",
            (8, 8, us(499), us(100)),
            16,
        ),
        (
            "quick, but not all were started: as many as were",
            (8, 6, us(100), us(10)),
            6,
        ),
        (
            "twice as many would be too many: the most",
            (40, 40, us(100), us(10)),
            64,
        ),
    ];
    for (what, (fetched, started, took, longest), expected) in cases {
        kit.assert_eq(what, next_batch_size(fetched, started, took, longest, 64), expected);
    }
    kit.assert_eq("one, if no more are allowed", next_batch_size(1, 1, us(1), us(1), 1), 1);
}

/// Catches: a default that is not the documented one.
#[test]
fn a_batch_has_up_to_128_jobs_by_default() {
    let kit = testkit::kit!();
    let (most, quick) = (Config::default().batch, Duration::from_micros(10));
    let next = next_batch_size(128, 128, quick, quick, most);
    kit.assert_eq("a quick batch of 128 jobs grows no more", next, 128);
    kit.assert_eq("Config::default().batch", most, 128);
}
