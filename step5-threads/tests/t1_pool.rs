//! Task 5.1: as many jobs at once as there are threads.

pub mod names; //   the names of the threads
mod refused; // an operating system that refuses a thread
mod web_ui; // what Sidekiq's Web UI shows while several processors perform jobs

use std::collections::HashSet;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Barrier};
use std::thread::ThreadId;
use std::time::Duration;

use sidepunch::{BoxError, Config, Job, Worker};
use testkit::Kit;

use crate::server::{card, identity, job, push, quick, server, start};
use crate::support::{RunningServer, order};

/// Waits in the middle of its job until as many others run as the barrier needs.
struct Meet(Arc<Barrier>, Sender<ThreadId>);

impl Worker for Meet {
    const CLASS: &'static str = "MeetWorker";
    type Args = ();

    fn perform(&self, (): Self::Args, _: &Job) -> Result<(), BoxError> {
        self.0.wait();
        Ok(self.1.send(std::thread::current().id())?)
    }
}

const MEET: &str = r#"{"class": "MeetWorker", "args": []}"#;

fn config(kit: &Kit, concurrency: usize) -> Config {
    Config {
        concurrency,
        ..quick(kit.url())
    }
}

fn run(kit: &Kit, concurrency: usize) -> RunningServer {
    start(kit, config(kit, concurrency))
}

/// Catches: one thread; threads that take turns, because a lock is held while a job runs.
#[test]
fn runs_as_many_jobs_at_once_as_threads() {
    let kit = testkit::kit!();
    let (met, meets) = channel();
    let barrier = Arc::new(Barrier::new(5));
    let running = RunningServer::start(&kit, server(config(&kit, 5)).register(Meet(barrier, met)));
    push(&kit, "default", [MEET; 5]);
    let threads: HashSet<ThreadId> = (0..5)
        .map(|_| kit.wait_for("five jobs meet", || meets.try_recv().ok()))
        .collect();
    kit.assert_eq("each job runs in its own thread", threads.len(), 5);
    running.stop();
}

/// Catches: more threads than the settings give; one more job that is fetched before a thread is
/// idle.
#[test]
fn runs_no_more_jobs_than_threads() {
    let kit = testkit::kit!();
    let running = run(&kit, 2);
    push(&kit, "default", (0..4).map(|number| job(number, &["hold"])));
    for _ in 0..2 {
        kit.eventually("two jobs begin", || running.begun.try_recv().is_ok());
    }
    kit.eventually("the jobs that have not started are in their queue", || {
        kit.list("queue:default").len() == 2
    });
    // A third job must not start, so the test waits for a while.
    let third = running.begun.recv_timeout(Duration::from_millis(300));
    kit.assert("a third job does not begin", third.is_err());
    running.gate.open();
    running.stop();
}

/// Catches: a program whose option is ignored.
#[test]
fn work_starts_the_given_number_of_threads() {
    let kit = testkit::kit!();
    let _program = kit.start(&["work", "-c", "3", "--heartbeat", "0.1"]);
    let identity = identity(&kit);
    push(&kit, "default", [r#"{"class":"SlowWorker","args":[60000]}"#; 4]);
    kit.eventually("three jobs run at once", || {
        kit.query::<Option<String>>(&["HGET", &identity, "busy"]) == Some("3".to_owned())
    });
}

/// Catches: a wait that stays assigned to a thread while this thread performs the job that the wait
/// brought.
#[test]
fn waits_for_jobs_while_a_thread_works() {
    let kit = testkit::kit!();
    let running = run(&kit, 3);
    kit.eventually("it waits for jobs in Redis", || kit.blocked() > 0);
    for number in 0..3 {
        push(&kit, "default", [job(number, &["hold"])]);
        kit.eventually("the job begins while others run", || {
            running.begun.try_recv() == Ok(number)
        });
    }
    running.gate.open();
    running.stop();
}

/// A wait is for one queue only. Catches: fewer waiting threads than queues, or only as many as
/// there are processors, so that a job stays in a queue for which no thread waits; a job that is
/// brought to a processor that is busy.
#[test]
fn waits_for_every_queue_while_a_thread_works() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let config = Config {
        redis: proxy.url(),
        queues: order(&["first", "second", "third", "fourth"]),
        // A wait that a job does not end lasts for longer than this test.
        block: Duration::from_secs(60),
        lease: Duration::from_secs(300),
        ..config(&kit, 3)
    };
    let running = start(&kit, config);
    kit.eventually("it waits for jobs in Redis", || kit.blocked() > 1);
    for (number, queue) in (0..).zip(["first", "first", "fourth"]) {
        push(&kit, queue, [job(number, &["hold"])]);
        kit.eventually("the job begins, also while another job of its queue runs", || {
            running.begun.try_recv() == Ok(number)
        });
    }
    running.server.request_stop();
    running.gate.open();
    // This ends the waits. Without a port no thread can begin another.
    proxy.refuse();
    proxy.cut();
    running.stop();
}

/// Catches: a slow job that blocks the others; a batch that waits behind it.
#[test]
fn blocks_only_the_thread_of_a_slow_job() {
    let kit = testkit::kit!();
    let running = run(&kit, 2);
    for number in 0..100 {
        push(&kit, "default", [job(number + 100, &[])]);
        if number == 50 {
            push(&kit, "default", [job(0, &["hold"])]);
        }
    }
    running.gate.wait_for("the slow job begins", 1);
    let mut all: Vec<u64> = (0..101)
        .map(|_| kit.wait_for("all others are performed meanwhile", || running.begun.try_recv().ok()))
        .collect();
    all.sort_unstable();
    kit.assert_eq(
        "each job was performed once",
        all,
        [0].into_iter().chain(100..200).collect::<Vec<_>>(),
    );
    running.gate.open();
    running.stop();
}

/// Catches: a thread that ends with a panic; a pool that ends with its thread.
#[test]
fn keeps_the_thread_after_a_panic() {
    let kit = testkit::kit!();
    let running = run(&kit, 2);
    for number in 0..10 {
        push(&kit, "default", [job(number, &["panic"])]);
    }
    push(&kit, "default", [job(10, &[])]);
    for _ in 0..11 {
        kit.wait_for("after ten panics in two threads, a job is performed", || {
            running.begun.try_recv().ok()
        });
    }
    kit.eventually("all ten are retried", || card(&kit, "retry") == 10);
    kit.assert("it still runs", !running.server.is_finished());
    running.stop();
}

/// Catches: threads that never check for a stop, or that react one after the other.
#[test]
fn stops_all_threads() {
    let kit = testkit::kit!();
    let (met, meets) = channel();
    let config = Config {
        block: Duration::from_millis(400),
        ..config(&kit, 20)
    };
    let running = RunningServer::start(&kit, server(config).register(Meet(Arc::new(Barrier::new(20)), met)));
    push(&kit, "default", [MEET; 20]);
    for _ in 0..20 {
        kit.wait_for("each thread performs a job", || meets.try_recv().ok());
    }
    let waits = || {
        let commands = kit.commands();
        let blocking = |command: &&String| command.starts_with("BR") || command.starts_with("BL");
        commands.iter().filter(blocking).count()
    };
    let before = waits();
    // A second wait begins when the first has ended without a job, or when several threads wait at
    // once.
    kit.eventually("all threads are idle", || waits() > before + 1);
    let asked = std::time::Instant::now();
    running.server.request_stop();
    kit.assert("run returns", running.server.join("twenty idle threads stop").is_ok());
    // One wait at the same time for all threads takes 0.4 s; one after the other they take 8 s.
    kit.assert(
        "without waiting one after the other",
        asked.elapsed() < Duration::from_secs(4),
    );
}

/// An error, or what a job panics with, that panics when it is dropped.
#[derive(Debug)]
struct Bomb;

impl std::fmt::Display for Bomb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a bomb")
    }
}

impl std::error::Error for Bomb {}

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("dropped");
    }
}

struct Throw;

impl Worker for Throw {
    const CLASS: &'static str = "ThrowWorker";
    type Args = (String,);

    fn perform(&self, (what,): Self::Args, _: &Job) -> Result<(), BoxError> {
        match what.as_str() {
            "a bomb" => std::panic::panic_any(Bomb),
            "a number" => std::panic::panic_any(42),
            "an error" => Err(Bomb.into()),
            other => panic!("{other}"),
        }
    }
}

/// Catches: a panic that has to be a text; one, or an error, that is dropped outside of
/// `catch_unwind`, so that a second panic ends the thread.
#[test]
fn survives_whatever_a_job_panics_with() {
    let kit = testkit::kit!();
    let running = RunningServer::start(&kit, server(config(&kit, 2)).register(Throw));
    for what in [
        "a number", "a text", "a bomb", "a bomb", "a bomb", "an error", "an error", "an error",
    ] {
        push(
            &kit,
            "default",
            [serde_json::json!({"class": Throw::CLASS, "args": [what]}).to_string()],
        );
    }
    push(&kit, "default", [job(1, &[])]);
    kit.eventually("after all panics, a job is performed", || {
        running.begun.try_recv() == Ok(1)
    });
    kit.eventually("each panic is a failure, to be retried", || card(&kit, "retry") == 8);
    let retries: Vec<String> = kit.query(&["ZRANGE", "retry", "0", "-1"]);
    for retry in &retries {
        let retry: serde_json::Value = serde_json::from_str(retry).unwrap_or_default();
        let class = retry["error_class"].as_str().unwrap_or_default();
        // An error that panics may be both.
        kit.assert(
            &format!("error_class is Panicked, got {class}"),
            class == "Panicked" || class == "Failed" && retry["args"][0] == "an error",
        );
        let message = retry["error_message"].as_str().unwrap_or_default();
        kit.assert("error_message is not empty", !message.is_empty());
    }
    running.stop();
}

/// Catches: a default that is not the documented one, in the library or in the program.
#[test]
fn ten_jobs_run_at_once_by_default() {
    let kit = testkit::kit!();
    // Two of them must be possible.
    run(&kit, 2).stop();
    kit.assert_eq("Config::default().concurrency", Config::default().concurrency, 10);
    let _program = kit.start(&["work"]);
    let identity = identity(&kit);
    let concurrency: Option<String> = kit.query(&["HGET", &identity, "concurrency"]);
    kit.assert_eq("the concurrency of the program", concurrency.as_deref(), Some("10"));
}
