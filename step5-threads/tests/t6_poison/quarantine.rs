//! A job that was in flight during a crash runs alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use serde_json::json;
use sidepunch::{BoxError, Config, Decision, InFlight, Job, Outcome, UnitOfWork, Worker};

use crate::server::{ME, begins, claims, claims_of, job_with, processed, push, quick, server};
use crate::support::{RunningServer, order};
use crate::t5_recover::common::{job, process, run};

/// Takes its time, and knows how many run beside it.
struct Crowd(Arc<(AtomicUsize, AtomicUsize)>);

impl Worker for Crowd {
    const CLASS: &'static str = "CrowdWorker";
    type Args = (u64,);

    fn perform(&self, _: Self::Args, _: &Job) -> Result<(), BoxError> {
        let (running, most) = &*self.0;
        most.fetch_max(running.fetch_add(1, SeqCst) + 1, SeqCst);
        std::thread::sleep(Duration::from_millis(50));
        running.fetch_sub(1, SeqCst);
        Ok(())
    }
}

/// `InFlight::turn`, called by hand for two threads. What was recovered may be what kills processes, and those that are beside it
/// die with it, again and again. Kills: one in a batch; two at once that have seen two deaths; a mark that outlives the job;
/// one that loses its turn.
#[test]
fn fetches_a_suspect_alone() {
    let kit = testkit::kit!();
    for (number, deaths) in [(1, "1"), (3, "2"), (4, "2")] {
        kit.command(&["HSET", "sidepunch:crashes", &job(number), deaths]);
    }
    push(&kit, "default", (0..6).map(job));
    let [mut one, mut other] = [0, 1].map(|thread| claims_of(ME, thread, &quick(kit.url())));
    // Each turn settles what the one before has claimed.
    let turn = |claims: &mut InFlight, expected: &[u64]| {
        let turn = claims.acknowledge_and_fetch(&[], 10);
        let claimed = turn.map_or_else(
            |error| vec![error.to_string()],
            |turn| {
                let payloads = turn
                    .jobs
                    .iter()
                    .map(|job| String::from_utf8_lossy(&job.payload).into_owned());
                payloads.collect()
            },
        );
        let expected: Vec<String> = expected.iter().map(|number| job(*number)).collect();
        kit.assert_eq("it claims these jobs", claimed, expected);
    };
    turn(&mut one, &[0]);
    turn(&mut other, &[1]);
    turn(&mut one, &[2]);
    turn(&mut other, &[3]);
    turn(&mut one, &[]);
    turn(&mut other, &[4]);
    turn(&mut one, &[5]);
    turn(&mut other, &[]);
    kit.assert_eq(
        "it is not remembered any more that they were recovered",
        kit.query::<usize>(&["HLEN", "sidepunch:crashes"]),
        0,
    );
}

/// Kills: a suspect beside a job that the same turn has claimed from another queue.
#[test]
fn fetches_a_suspect_alone_from_all_queues() {
    let kit = testkit::kit!();
    kit.command(&["HSET", "sidepunch:crashes", &job(2), "1"]);
    for (queue, number) in [("first", 1), ("second", 2), ("third", 3)] {
        push(&kit, queue, [job(number)]);
    }
    let config = Config {
        queues: order(&["first", "second", "third"]),
        ..quick(kit.url())
    };
    let mut claims = claims_of(ME, 0, &config);
    let mut order = Vec::new();
    for _ in 0..3 {
        let turn = claims.acknowledge_and_fetch(&[], 10);
        let jobs = turn.map_or_else(|_| Vec::new(), |turn| turn.jobs);
        let (suspect, others): (Vec<_>, Vec<_>) = jobs.iter().partition(|claimed| claimed.payload == job(2).as_bytes());
        kit.assert(
            &format!("nothing is claimed beside the suspect, got {jobs:?}"),
            suspect.is_empty() || others.is_empty(),
        );
        order.extend(
            jobs.iter()
                .map(|claimed| String::from_utf8_lossy(&claimed.payload).into_owned()),
        );
    }
    order.sort();
    kit.assert_eq("all are claimed, in three turns", order, vec![job(1), job(2), job(3)]);
}

/// `InFlight::turn`, called by hand. While any is remembered, each job that comes to a wait costs a turn more. Kills: a memory
/// of jobs that have failed, or that a wait had brought.
#[test]
fn clears_the_crash_count_of_an_acknowledged_job() {
    let kit = testkit::kit!();
    let mut claims = claims(kit.url());
    let ends = [
        ("0", Outcome::Failed(Decision::Discard)),
        ("0", Outcome::Failed(Decision::Dead(b"kept".to_vec()))),
        ("0-waits", Outcome::Succeeded),
        ("0-waits", Outcome::Failed(Decision::Discard)),
    ];
    for (holder, fate) in ends {
        let told = format!("{fate:?} of {holder}");
        kit.command(&["HSET", "sidepunch:crashes", &job(1), "1"]);
        kit.command(&[
            "LPUSH",
            &format!("sidepunch:inflight:me:1:abc:{holder}:default"),
            &job(1),
        ]);
        let claimed = UnitOfWork {
            queue: "default".into(),
            payload: job(1).into_bytes(),
            by_waiter: holder == "0-waits",
        };
        let turn = claims.acknowledge_and_fetch(&[(Arc::new(claimed), fate)], 0);
        kit.assert(&format!("a turn ends, got {turn:?}"), turn.is_ok());
        kit.assert_eq(&told, kit.query::<usize>(&["HLEN", "sidepunch:crashes"]), 0);
    }
}

/// Kills: a suspect that must wait for another, and keeps the jobs of other queues.
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
    let claimed = [0, 1].map(|thread| {
        let turn = claims_of(ME, thread, &config).acknowledge_and_fetch(&[], 10);
        turn.map(|turn| turn.jobs.iter().map(|job| job.payload.clone()).collect::<Vec<_>>())
            .unwrap_or_default()
    });
    let jobs = |numbers: &[u64]| {
        numbers
            .iter()
            .map(|number| job(*number).into_bytes())
            .collect::<Vec<_>>()
    };
    kit.assert_eq(
        "one claims a suspect, the other what is in another queue",
        claimed,
        [jobs(&[1]), jobs(&[3])],
    );
    kit.assert_eq(
        "the other suspect is in its queue",
        kit.list("queue:first"),
        vec![job(2)],
    );
}

/// Invariant 4. Whoever waits for a job in Redis gets it without a question. Kills: to perform what ended a wait, whatever it
/// is; a thread that waits for ever, since there was a suspect.
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
    // As another process would recover them, and in one step: nobody hears of suspects before they come.
    let script =
        "for _, job in ipairs(ARGV) do redis.call('HSET', KEYS[1], job, 2) redis.call('RPUSH', KEYS[2], job) end";
    let recover = ["EVAL", script, "2", "sidepunch:crashes", "queue:default"].map(str::to_owned);
    kit.command(&recover.into_iter().chain((0..5).map(job)).collect::<Vec<_>>());
    kit.eventually("all are performed", || processed(&kit) == 5);
    kit.assert_eq("never two at once", crowd.1.load(SeqCst), 1);
    // Five jobs of 50 ms, and four threads that look every 20 ms.
    let asked = kit
        .commands()
        .iter()
        .filter(|command| !command.starts_with("lua: "))
        .count();
    kit.assert(
        &format!("nobody asks Redis all the time meanwhile, got {asked} commands"),
        asked < 250,
    );
    (5..9).for_each(|number| push(&kit, "default", [job(number)]));
    kit.eventually("then others are, too", || processed(&kit) == 9);
    kit.assert("several at once", crowd.1.load(SeqCst) > 1);
    running.stop();
}

/// `recovered` may name a job for days: its queue has no process any more, or somebody deleted the job. Kills: to look again
/// and again as long as any is remembered; a wait that performs what has to run alone.
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
            "what comes is performed",
            running.begun.recv_timeout(Duration::from_secs(10)),
            Ok(number),
        );
    }
    kit.eventually("the suspect is none any more", || {
        kit.query::<usize>(&["HLEN", "sidepunch:crashes"]) == 0
    });
    running.stop();
}
