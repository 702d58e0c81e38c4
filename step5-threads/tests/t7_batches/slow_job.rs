//! A batch with a slow job in it.

use std::sync::Mutex;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use sidepunch::{BoxError, Job, Outcome, Worker};
use testkit::{Entrance, Gate, Kit};

use super::common::{config, once, quick_job, redis_connection, run};
use crate::server::{card, failed, in_flight, in_flight_lists, job, processed, push, server};
use crate::support::RunningServer;

/// Replaces the queue by a key of another type, sends how many jobs behind it cannot be requeued
/// now, and waits at the gate of the test. It does nothing if there is no job behind it.
struct Block {
    connection: Mutex<redis::Connection>,
    blocks: Sender<(usize, Instant)>,
    entrance: Entrance,
}

pub fn block_job(number: u64) -> String {
    json!({"class": Block::CLASS, "args": [number]}).to_string()
}

/// A script, because between two commands the jobs might be requeued.
pub const BLOCK: &str = "
    for _, list in ipairs(redis.call('KEYS', 'sidepunch:inflight:*:default')) do
        local behind = redis.call('LPOS', list, ARGV[1])
        if behind and behind > 0 then
            if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('RENAME', KEYS[1], 'aside') end
            redis.call('SET', KEYS[1], 'no list')
            return behind
        end
    end
    return 0";

impl Worker for Block {
    const CLASS: &'static str = "BlockWorker";
    type Args = (u64,);

    fn perform(&self, (number,): Self::Args, _: &Job) -> Result<(), BoxError> {
        let before = Instant::now();
        let behind = redis::cmd("EVAL")
            .arg((BLOCK, 1, "queue:default", block_job(number)))
            .query(&mut *self.connection.lock().map_err(|_| "poisoned")?)?;
        if behind > 0 {
            self.blocks.send((behind, before))?;
            self.entrance.enter(());
        }
        Ok(())
    }
}

/// Runs a server with one thread until it performs a job of [`block_job`] behind which there are
/// others. Returns also the gate at which the job waits, and what it has sent.
pub fn run_until_blocked(kit: &Kit) -> (RunningServer, Gate, (usize, Instant)) {
    let ((blocks, blocked), gate) = (channel(), kit.gate());
    let block = Block {
        connection: Mutex::new(redis_connection(&kit.url()).expect("a Redis")),
        blocks,
        entrance: gate.entrance(),
    };
    let running = RunningServer::start(kit, server(config(kit.url(), 1)).register(block));
    let sent = kit.wait_for("a slow job begins that was fetched together with others", || {
        blocked.try_recv().ok()
    });
    (running, gate, sent)
}

/// Invariant 6. The batch was too large, because slow jobs follow many quick ones. Catches: jobs of
/// a batch that wait behind a slow job.
#[test]
fn requeues_unstarted_jobs_behind_a_slow_job() {
    let kit = testkit::kit!();
    let running = run(&kit, kit.url(), &["default"], 2);
    // Atomically, so that no thread becomes idle in between.
    let slow = (0..50).map(|number| once(number, &["hold"]));
    push(&kit, "default", (100..2_100).map(quick_job).chain(slow));
    running.gate.wait_for("two slow jobs begin", 2);
    kit.eventually("the other slow jobs are in their queue", || {
        // Quick jobs may be in it, too, if a thread could not run for a while.
        let queue = kit.list("queue:default");
        queue.iter().filter(|job| job.contains("hold")).count() == 48
    });
    running.gate.open();
    kit.eventually("all jobs are performed in the end", || processed(&kit) == 2_050);
    let mut numbers = running.gate.arrived();
    numbers.sort_unstable();
    kit.assert_eq("each slow job was performed once", numbers, (0..50).collect::<Vec<_>>());
    running.stop();
}

/// A failed job would otherwise wait in flight until the slow job is over. Catches: a sweep that
/// only requeues the jobs that have not started.
#[test]
fn acknowledges_jobs_that_finished_before_a_slow_job() {
    let kit = testkit::kit!();
    let running = run(&kit, kit.url(), &["default"], 1);
    // Two of a hundred jobs fail, without a retry.
    let before = (0..2_000).map(|number| once(number, if number % 50 == 7 { &["fail"] } else { &[] }));
    push(
        &kit,
        "default",
        before.chain([once(2_000, &["hold"]), quick_job(2_001)]),
    );
    running.gate.wait_for("the slow job begins", 1);
    kit.eventually("all jobs before it are counted", || processed(&kit) == 2_000);
    kit.assert_eq("their failures are counted", failed(&kit), 40);
    kit.assert_eq("the failed jobs are in `dead`", card(&kit, "dead"), 40);
    kit.eventually("only the slow job is in flight", || in_flight(&kit).len() == 1);
    kit.assert_eq("the job behind it is in its queue", kit.list("queue:default").len(), 1);
    running.gate.open();
    kit.eventually("all jobs are performed in the end", || processed(&kit) == 2_002);
    kit.assert_eq("each job was performed once", running.begun.try_iter().count(), 2_002);
    running.stop();
}

/// Calls `acknowledge_and_fetch` itself. Catches: a running job that is acknowledged, requeued,
/// moved elsewhere, or counted.
#[test]
fn keeps_a_running_job_in_flight_during_a_sweep() {
    let kit = testkit::kit!();
    push(&kit, "default", (0..3).map(quick_job));
    let mut lists = in_flight_lists(kit.url());
    let jobs = lists.acknowledge_and_fetch(&[], 3).expect("three jobs").jobs;
    let outcomes = [
        (jobs[2].clone(), Outcome::Requeued),
        (jobs[1].clone(), Outcome::StillRunning),
    ];
    let none = lists
        .acknowledge_and_fetch(&outcomes, 0)
        .expect("the call succeeds")
        .jobs;
    kit.assert_eq("it fetches nothing", none.len(), 0);
    let list = "sidepunch:inflight:me:1:abc:0:default";
    kit.assert_eq("the second job is in flight", kit.list(list), vec![quick_job(1)]);
    kit.assert_eq(
        "the third job is in its queue",
        kit.list("queue:default"),
        vec![quick_job(2)],
    );
    let queues: Vec<String> = kit.query(&["SMEMBERS", "queues"]);
    kit.assert_eq(
        "the queue is in `queues`, because an operator may have cleared it meanwhile",
        queues,
        vec!["default"],
    );
    kit.assert_eq("the first job is counted as processed", processed(&kit), 1);
    kit.command(&["DEL", list]);
    let outcomes = [(jobs[1].clone(), Outcome::StillRunning)];
    kit.assert("the call succeeds", lists.acknowledge_and_fetch(&outcomes, 0).is_ok());
    kit.assert_eq(
        "a job that another process has taken is not in flight again",
        in_flight(&kit).len(),
        0,
    );
}

/// Invariant 6, while Redis refuses the command. Catches: a single attempt, so that jobs wait for
/// the slow job; an attempt at each sweep.
#[test]
fn retries_a_failed_requeue() {
    let kit = testkit::kit!();
    // On a busy machine a slow job may have no jobs behind it. Then there is another one, after
    // enough quick jobs for a large batch.
    for round in 0..20 {
        push(&kit, "default", (0..40).map(quick_job));
        push(&kit, "default", [block_job(round)]);
    }
    let (running, gate, (behind, since)) = run_until_blocked(&kit);
    let attempts = || {
        let commands = kit.commands();
        commands
            .iter()
            .skip_while(|command| !command.starts_with("lua: SET \"queue:default\""))
            .filter(|command| command.contains("\"running\""))
            .count()
    };
    kit.eventually(
        "the sweeper tries to requeue the jobs behind it, and tries again",
        || attempts() > 1,
    );
    kit.assert(
        "the second attempt comes after a pause",
        since.elapsed() > Duration::from_millis(500),
    );
    kit.command(&["DEL", "queue:default"]);
    kit.eventually("all jobs behind it are in a queue again", || {
        kit.list("queue:default").len() == behind
    });
    running.server.request_stop();
    gate.open();
    running.stop();
}

/// Redis has executed the call of a sweep, and the reply was lost. Catches: another call with the
/// sequence number of the sweep, which Redis takes for a repetition, so that the outcome of the
/// slow job is lost and it is performed again.
#[test]
fn keeps_the_outcomes_after_a_lost_sweep_reply() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let running = run(&kit, proxy.url(), &["default"], 1);
    kit.eventually("it waits for jobs", || kit.blocked() > 0);
    let slow = once(2_000, &["hold", "fail"]);
    let before = (0..2_000).map(quick_job);
    // Its payload is in a call for the first time when the sweeper names it.
    proxy.cut_after_request(&slow);
    push(
        &kit,
        "default",
        before.chain([slow]).chain((2_001..2_064).map(quick_job)),
    );
    running.gate.wait_for("the slow job begins", 1);
    proxy.refuse();
    kit.eventually("the rest of its batch is requeued, and the reply is lost", || {
        proxy.fired()
    });
    running.gate.open();
    // The sweeper repeats its call at once on a new connection, which must be refused, and then not
    // for a second.
    thread::sleep(Duration::from_millis(300));
    proxy.accept();
    kit.eventually("the slow job has failed, and is in `dead`", || card(&kit, "dead") == 1);
    kit.eventually("all jobs are performed in the end", || processed(&kit) >= 2_064);
    let slow = running.begun.try_iter().filter(|number| *number == 2_000).count();
    kit.assert_eq("the slow job was performed once", slow, 1);
    running.stop();
}

/// Redis does not accept the acknowledgement of a failed job. Catches: a stop that leaves the job
/// in flight.
#[test]
fn requeues_a_failed_job_that_cannot_be_stored_at_shutdown() {
    let kit = testkit::kit!();
    kit.command(&["SET", "retry", "no sorted set"]);
    let running = run(&kit, kit.url(), &["default"], 1);
    let job = job(7, &["fail"]);
    push(&kit, "default", [&job]);
    kit.eventually("the job fails, and Redis refuses the acknowledgement", || {
        kit.commands().iter().any(|command| command.contains("out of luck"))
    });
    running.stop();
    kit.assert_eq("the job is in its queue again", kit.list("queue:default"), vec![job]);
}

/// Invariant 6. It should take about 30 ms. On a busy machine it may take longer, so the best of
/// five rounds counts. Catches: a sweeper that looks once in a second or two, or that takes a job
/// for slow after as long a time.
#[test]
fn the_rest_of_a_batch_goes_back_soon() {
    let kit = testkit::kit!();
    let running = run(&kit, kit.url(), &["default"], 1);
    let mut times = Vec::new();
    for round in 1..=5 {
        let (before, behind) = ((0..200).map(quick_job), (201..300).map(quick_job));
        push(&kit, "default", before.chain([once(200, &["hold"])]).chain(behind));
        running.gate.wait_for("the slow job begins", round);
        let begun = Instant::now();
        // It may be the last one of its batch, or the others have gone back already.
        if in_flight(&kit).len() > 1 {
            kit.eventually("the slow job is in flight, alone", || in_flight(&kit).len() == 1);
            times.push(begun.elapsed());
        }
        running.gate.let_pass(1);
        kit.eventually("all are performed in the end", || processed(&kit) == 300 * round as u64);
        if times.iter().any(|time| *time < Duration::from_millis(500)) {
            break;
        }
    }
    kit.assert(
        &format!("the others go back within 0.5 s, got {times:?}"),
        times.is_empty() || times.iter().any(|time| *time < Duration::from_millis(500)),
    );
    running.stop();
}
