//! A job that was in flight during a crash runs alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use serde_json::json;
use sidepunch::{BoxError, Config, Decision, InFlight, Job, Outcome, UnitOfWork, Worker};
use testkit::Kit;

use crate::server::{ME, begins, in_flight_lists, in_flight_lists_of, job_with, processed, push, quick, server};
use crate::support::{RunningServer, order};
use crate::t5_recover::common::{job, process, run};

/// Sleeps, and records how many jobs run at the same time.
struct Crowd(Arc<(AtomicUsize, AtomicUsize)>);

impl Worker for Crowd {
    const CLASS: &'static str = "CrowdWorker";
    type Args = (u64,);

    fn perform(&self, _: Self::Args, _: &Job) -> Result<(), BoxError> {
        let (running, max) = &*self.0;
        max.fetch_max(running.fetch_add(1, SeqCst) + 1, SeqCst);
        std::thread::sleep(Duration::from_millis(50));
        running.fetch_sub(1, SeqCst);
        Ok(())
    }
}

/// Calls `acknowledge_and_fetch` itself, for two threads. A recovered job may be the one that
/// crashes processes, and each crash would also affect the jobs that run at the same time. Catches:
/// a suspect in a batch; two jobs at once that have seen two crashes; a mark that outlives the job;
/// a suspect that is never fetched.
#[test]
fn fetches_a_suspect_alone() {
    let kit = testkit::kit!();
    for (number, crashes) in [(1, "1"), (3, "2"), (4, "2")] {
        kit.command(&["HSET", "sidepunch:crashes", &job(number), crashes]);
    }
    push(&kit, "default", (0..6).map(job));
    let [mut one, mut other] = [0, 1].map(|thread| in_flight_lists_of(ME, thread, &quick(kit.url())));
    // Each call acknowledges the jobs that the call before has fetched.
    let call = |lists: &mut InFlight, expected: &[u64]| {
        let fetched = lists.acknowledge_and_fetch(&[], 10);
        let payloads = fetched.map_or_else(
            |error| vec![error.to_string()],
            |fetched| {
                let payloads = fetched
                    .jobs
                    .iter()
                    .map(|job| String::from_utf8_lossy(&job.payload).into_owned());
                payloads.collect()
            },
        );
        let expected: Vec<String> = expected.iter().map(|number| job(*number)).collect();
        kit.assert_eq("the call fetches these jobs", payloads, expected);
    };
    call(&mut one, &[0]);
    call(&mut other, &[1]);
    call(&mut one, &[2]);
    call(&mut other, &[3]);
    call(&mut one, &[]);
    call(&mut other, &[4]);
    call(&mut one, &[5]);
    call(&mut other, &[]);
    kit.assert_eq(
        "their crash counts are removed",
        kit.query::<usize>(&["HLEN", "sidepunch:crashes"]),
        0,
    );
}

/// Pushes a job to each of three queues. That of the second one is a suspect. Returns the lists of
/// a processor that fetches from these queues in strict order.
fn suspect_in_the_second_of_three_queues(kit: &Kit) -> InFlight {
    kit.command(&["HSET", "sidepunch:crashes", &job(2), "1"]);
    for (queue, number) in [("first", 1), ("second", 2), ("third", 3)] {
        push(kit, queue, [job(number)]);
    }
    let config = Config {
        queues: order(&["first", "second", "third"]),
        ..quick(kit.url())
    };
    in_flight_lists_of(ME, 0, &config)
}

/// Catches: a suspect together with a job that the same call has fetched from another queue.
#[test]
fn fetches_a_suspect_alone_from_all_queues() {
    let kit = testkit::kit!();
    let mut lists = suspect_in_the_second_of_three_queues(&kit);
    let mut order = Vec::new();
    for _ in 0..3 {
        let fetched = lists.acknowledge_and_fetch(&[], 10);
        let jobs = fetched.map_or_else(|_| Vec::new(), |fetched| fetched.jobs);
        let (suspect, others): (Vec<_>, Vec<_>) = jobs.iter().partition(|unit| unit.payload == job(2).as_bytes());
        kit.assert(
            &format!("no job is fetched together with the suspect, got {jobs:?}"),
            suspect.is_empty() || others.is_empty(),
        );
        order.extend(
            jobs.iter()
                .map(|unit| String::from_utf8_lossy(&unit.payload).into_owned()),
        );
    }
    order.sort();
    kit.assert_eq(
        "all jobs are fetched, in three calls",
        order,
        vec![job(1), job(2), job(3)],
    );
}

/// Calls `acknowledge_and_fetch` itself. While there are crash counts, each job that a wait brings
/// needs one more call. Catches: a count that stays after a job has failed, or after a job that a
/// wait brought.
#[test]
fn clears_the_crash_count_of_an_acknowledged_job() {
    let kit = testkit::kit!();
    let mut lists = in_flight_lists(kit.url());
    let ends = [
        ("0", Outcome::Failed(Decision::Discard)),
        ("0", Outcome::Failed(Decision::Dead(b"kept".to_vec()))),
        ("0-waits", Outcome::Succeeded),
        ("0-waits", Outcome::Failed(Decision::Discard)),
    ];
    for (holder, outcome) in ends {
        let sentence = format!("the crash count is removed after {outcome:?} in the list of {holder}");
        kit.command(&["HSET", "sidepunch:crashes", &job(1), "1"]);
        kit.command(&[
            "LPUSH",
            &format!("sidepunch:inflight:me:1:abc:{holder}:default"),
            &job(1),
        ]);
        let unit = UnitOfWork {
            queue: "default".into(),
            payload: job(1).into_bytes(),
            by_waiter: holder == "0-waits",
        };
        let result = lists.acknowledge_and_fetch(&[(Arc::new(unit), outcome)], 0);
        kit.assert(&format!("the call succeeds, got {result:?}"), result.is_ok());
        kit.assert_eq(&sentence, kit.query::<usize>(&["HLEN", "sidepunch:crashes"]), 0);
    }
}

/// Catches: a suspect that must wait for another one, and blocks the jobs of other queues.
#[test]
fn fetches_from_other_queues_while_a_suspect_waits() {
    let kit = testkit::kit!();
    for number in 1..3 {
        kit.command(&["HSET", "sidepunch:crashes", &job(number), "2"]);
        push(&kit, "first", [job(number)]);
    }
    push(&kit, "second", [job(3)]);
    let config = Config {
        queues: order(&["first", "second"]),
        ..quick(kit.url())
    };
    let fetched = [0, 1].map(|thread| {
        let fetched = in_flight_lists_of(ME, thread, &config).acknowledge_and_fetch(&[], 10);
        fetched
            .map(|fetched| fetched.jobs.iter().map(|job| job.payload.clone()).collect::<Vec<_>>())
            .unwrap_or_default()
    });
    let jobs = |numbers: &[u64]| {
        numbers
            .iter()
            .map(|number| job(*number).into_bytes())
            .collect::<Vec<_>>()
    };
    kit.assert_eq(
        "one thread fetches a suspect, the other a job of another queue",
        fetched,
        [jobs(&[1]), jobs(&[3])],
    );
    kit.assert_eq(
        "the other suspect is in its queue",
        kit.list("queue:first"),
        vec![job(2)],
    );
}

/// Invariant 4. Redis gives a job to a waiting client without running a script. Catches: a job that
/// is performed after a wait although it is a suspect; a thread that waits without an end because
/// there was a suspect.
#[test]
fn runs_suspects_one_by_one_when_all_threads_wait() {
    let kit = testkit::kit!();
    let crowd = Arc::default();
    let config = Config {
        concurrency: 4,
        lease: Duration::from_millis(500),
        ..quick(kit.url())
    };
    let running = RunningServer::start(&kit, server(config).register(Crowd(Arc::clone(&crowd))));
    let job = |number| job_with(number, &[], json!({"class": Crowd::CLASS, "args": [number]}));
    kit.eventually("it waits for jobs in Redis", || kit.blocked() > 0);
    // As another process would recover them, and atomically, so that no crash count is there before
    // its job.
    let script =
        "for _, job in ipairs(ARGV) do redis.call('HSET', KEYS[1], job, 2) redis.call('RPUSH', KEYS[2], job) end";
    let recover = ["EVAL", script, "2", "sidepunch:crashes", "queue:default"].map(str::to_owned);
    kit.command(&recover.into_iter().chain((0..5).map(job)).collect::<Vec<_>>());
    kit.eventually("all jobs are performed", || processed(&kit) == 5);
    kit.assert_eq("never two suspects at once", crowd.1.load(SeqCst), 1);
    // Five jobs of 50 ms, and four threads that poll every 20 ms.
    let sent = kit
        .commands()
        .iter()
        .filter(|command| !command.starts_with("lua: "))
        .count();
    kit.assert(
        &format!("no thread polls without a pause meanwhile, got {sent} commands"),
        sent < 250,
    );
    (5..9).for_each(|number| push(&kit, "default", [job(number)]));
    kit.eventually("then other jobs are performed, too", || processed(&kit) == 9);
    kit.assert("several of them at once", crowd.1.load(SeqCst) > 1);
    running.stop();
}

/// `crashes` may contain a job for days, because no process fetches from its queue any more, or
/// because an operator deleted the job. Catches: a server that polls as long as there are crash
/// counts; a wait whose job is performed although it must run alone.
#[test]
fn stale_suspects_do_not_block_waiting_threads() {
    let kit = testkit::kit!();
    kit.command(&["HSET", "sidepunch:crashes", &job(1), "2"]);
    process(&kit, "gone:1:abc", -1.0, "default", &[job(9)]);
    let running = run(&kit, &["default"]);
    kit.assert_eq(
        "a job of a process that crashed is performed",
        begins(&kit, &running.begun),
        9,
    );
    kit.eventually("a thread waits for jobs in Redis", || kit.blocked() > 0);
    for number in 0..2 {
        push(&kit, "default", [job(number)]);
        kit.assert_eq(
            "a job that arrives is performed",
            running.begun.recv_timeout(Duration::from_secs(10)),
            Ok(number),
        );
    }
    kit.eventually("the crash count of the job is removed", || {
        kit.query::<usize>(&["HLEN", "sidepunch:crashes"]) == 0
    });
    running.stop();
}

/// The order of the queues is strict. Catches: a call that leaves a suspect in its queue, and then
/// fetches from the queues behind it.
#[test]
fn fetches_nothing_from_the_queues_behind_a_suspect() {
    let kit = testkit::kit!();
    let mut calls = suspect_in_the_second_of_three_queues(&kit);
    for number in 1..4 {
        let fetched = calls.acknowledge_and_fetch(&[], 10);
        let jobs = fetched.map_or_else(|_| Vec::new(), |fetched| fetched.jobs);
        let payloads: Vec<_> = jobs.iter().map(|unit| unit.payload.clone()).collect();
        kit.assert_eq(
            "the call fetches the job of the next queue, alone",
            payloads,
            vec![job(number).into_bytes()],
        );
    }
}
