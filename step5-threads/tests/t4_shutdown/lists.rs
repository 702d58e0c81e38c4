//! The lists that a stop reads, and the queues to which it moves their jobs.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread;
use std::time::Duration;

use sidepunch::{BoxError, Config, Job, Stop, Worker};

use super::common::{change_while_stopping, endless, join, push_endless, run, stop_with};
use crate::server::{add_in_flight, identity, job, keys_with, processed, push, quick, server, start};

/// Catches: a queue that is read from the payload, or that is the part of the list's name after the
/// last colon; a job that stays in flight because it cannot be read.
#[test]
fn requeues_jobs_to_the_queue_in_the_name_of_their_list() {
    let kit = testkit::kit!();
    let payload = br#"{"class":"AWorker","args":[],"queue":"elsewhere"}"#.as_slice();
    let jobs = [payload, b"not a job"];
    stop_with(
        &kit,
        kit.url(),
        &[("9", "a:b é", &jobs), ("9-waits", "c:1:d", &jobs)],
        || (),
    );
    for queue in ["queue:a:b é", "queue:c:1:d"] {
        let mut requeued = kit.payloads(queue);
        requeued.reverse();
        kit.assert_eq(&format!("the jobs are in {queue}"), requeued, jobs.to_vec());
    }
    let mut queues: Vec<String> = kit.query(&["SMEMBERS", "queues"]);
    queues.sort_unstable();
    kit.assert_eq(
        "their queues are in `queues`",
        queues,
        vec!["a:b é", "c:1:d", "default"],
    );
}

/// Catches: a name that is added to `queues` before a job is removed, so that a full Redis refuses
/// it.
#[test]
fn adds_the_queues_to_the_set_of_queues_in_a_full_redis() {
    let kit = testkit::kit!(own);
    let fill = || drop(kit.command(&["CONFIG", "SET", "maxmemory", "1"]));
    stop_with(&kit, kit.url(), &[("9", "other", &[b"one"])], fill);
    let mut queues: Vec<String> = kit.query(&["SMEMBERS", "queues"]);
    queues.sort_unstable();
    kit.assert_eq("their queues are in `queues`", queues, vec!["default", "other"]);
    kit.command(&["CONFIG", "SET", "maxmemory", "0"]);
}

/// Redis may still serve a wait during a stop. Catches: a script that deletes the list when it has
/// moved the jobs that it was given; a stop that deletes the set of lists, so that no recovery finds
/// the job.
#[test]
fn keeps_a_job_that_comes_into_its_list_during_the_stop() {
    let kit = testkit::kit!();
    let mut own = String::new();
    change_while_stopping(&kit, &[b"first"], |identity| {
        add_in_flight(&kit, identity, "9", "other", "second");
        own = identity.to_owned();
    });
    kit.eventually("the first job is in its queue", || {
        kit.list("queue:other").contains(&"first".to_owned())
    });
    let list = format!("sidepunch:inflight:{own}:9:other");
    let places = [kit.list("queue:other"), kit.list(&list)].concat();
    kit.assert(
        &format!("the second job is in its queue or in flight, got {places:?}"),
        places.contains(&"second".to_owned()),
    );
    let lists: Vec<String> = kit.query(&["SMEMBERS", &format!("sidepunch:lists:{own}")]);
    kit.assert(
        &format!("if it is in flight, a recovery finds its list, got {lists:?}"),
        lists.contains(&list) || kit.list(&list).is_empty(),
    );
    kit.eventually("the job that runs is in its queue", || {
        kit.list("queue:default") == vec![endless(1)]
    });
}

/// The job was requeued, and now its thread comes to its end. Catches: a thread that still calls
/// Redis then, so that the process has a state and a lease again, and others must recover it.
#[test]
fn a_job_that_ends_after_the_stop_changes_nothing() {
    let kit = testkit::kit!();
    let running = run(&kit, Duration::ZERO);
    let job = job(1, &["hold"]);
    push(&kit, "default", [&job]);
    running.gate.wait_for("the job begins", 1);
    running.server.request_stop();
    join(&kit, running.server);
    kit.assert_eq("the job is in its queue again", kit.list("queue:default"), vec![job]);
    let left = || keys_with(&kit, "sidepunch:");
    kit.assert_eq("the process has left nothing", left(), Vec::<String>::new());
    running.gate.open();
    // The processor drops the workers at its end, and with them the sender.
    kit.eventually("its thread has ended", || {
        loop {
            match running.begun.try_recv() {
                Ok(_) => {}
                Err(error) => return error == TryRecvError::Disconnected,
            }
        }
    });
    kit.assert_eq("there is still nothing", left(), Vec::<String>::new());
}

struct EndsLate {
    stop: Stop,
    go: Mutex<Receiver<()>>,
    /// Dropped with the worker.
    _ended: Mutex<Sender<()>>,
}

impl Worker for EndsLate {
    const CLASS: &'static str = "EndsLateWorker";
    type Args = ();

    fn perform(&self, (): Self::Args, _: &Job) -> Result<(), BoxError> {
        self.stop.request();
        Ok(self.go.lock().map_err(|_| "poisoned")?.recv()?)
    }
}

/// An app may abort after a panic in any thread. Catches: a thread that panics at its end, because
/// the server does not wait for it any more.
#[test]
fn a_thread_may_end_after_the_stop() {
    if let Some(redis) = testkit::parent_redis_url() {
        let (go, waits) = channel();
        let (sender, ended) = channel();
        let server = server(Config {
            concurrency: 1,
            timeout: Duration::ZERO,
            ..quick(redis)
        });
        let stop = server.stop();
        let worker = EndsLate {
            stop,
            go: Mutex::new(waits),
            _ended: Mutex::new(sender),
        };
        let mut server = server.register(worker);
        server.run().expect("a Redis");
        drop(server);
        go.send(()).expect("a job that still runs");
        ended.recv().expect_err("the processor has dropped its workers");
        // The thread has nothing left to do but to end, with or without a panic.
        thread::sleep(Duration::from_millis(500));
        return;
    }
    let kit = testkit::kit!();
    push(&kit, "default", [r#"{"class":"EndsLateWorker","args":[]}"#]);
    let program = kit.start_test(concat!(module_path!(), "::a_thread_may_end_after_the_stop"));
    let status = program.wait("the server stops, and then its thread ends");
    kit.assert_eq("without an error", status.code(), Some(0));
    let log = program.stderr();
    kit.assert(&format!("without a panic: {log}"), !log.contains("panicked"));
}

/// Catches: hashes of running jobs that stay for a minute after their process has ended.
#[test]
fn removes_the_hashes_of_its_running_jobs_when_it_stops() {
    let kit = testkit::kit!();
    let config = Config {
        timeout: Duration::ZERO,
        heartbeat: Duration::from_millis(100),
        ..quick(kit.url())
    };
    let running = start(&kit, config);
    let own = identity(&kit);
    push_endless(&kit, 1);
    for name in ["work", "workers"] {
        kit.eventually("the hash of its running jobs is there", || {
            kit.keys().contains(&format!("{own}:{name}"))
        });
    }
    running.server.request_stop();
    join(&kit, running.server);
    kit.assert_eq("no key of it is left", keys_with(&kit, &own), Vec::<String>::new());
}

/// The process has fetched jobs of both queues, and they have ended. Then an operator has cleared
/// the queues. Catches: a name that is added to `queues` although no job of the queue was requeued.
#[test]
fn adds_no_queue_of_which_it_requeues_no_job() {
    let kit = testkit::kit!();
    let clear = || drop(kit.command(&["DEL", "queues", "sidepunch:inflight:none"]));
    stop_with(
        &kit,
        kit.url(),
        &[("9", "idle", &[]), ("9", "other", &[b"one"])],
        || {
            let own = identity(&kit);
            let list = format!("sidepunch:inflight:{own}:9:idle");
            kit.command(&["SADD", &format!("sidepunch:lists:{own}"), &list]);
            clear();
        },
    );
    let mut queues: Vec<String> = kit.query(&["SMEMBERS", "queues"]);
    queues.sort_unstable();
    kit.assert_eq("`queues` has only those with a job", queues, vec!["default", "other"]);
}

/// Catches: a script that is called for an empty list, so that a queue of another type leads to a
/// warning about jobs in flight.
#[test]
fn needs_no_queue_of_an_empty_list() {
    let kit = testkit::kit!();
    let program = kit.start(&["work", "-c", "1", "-t", "0.2", "--lease", "1"]);
    kit.eventually("it waits for jobs", || kit.blocked() > 0);
    add_in_flight(&kit, &identity(&kit), "9", "other", "one");
    kit.command(&["SET", "queue:default", "no list"]);
    program.terminate();
    program.wait("the program ends");
    kit.assert_eq("the job is requeued", kit.list("queue:other"), vec!["one"]);
    let log = program.stderr();
    kit.assert(
        &format!("the log does not say that jobs are in flight: {log}"),
        !log.contains("in flight"),
    );
}

/// A waiter needs up to a wait to end. Catches: a stop that waits only for the timeout that is set,
/// also if that is shorter than a wait.
#[test]
fn waits_for_running_jobs_for_at_least_one_wait() {
    let kit = testkit::kit!();
    let config = Config {
        concurrency: 2,
        timeout: Duration::ZERO,
        lease: Duration::from_secs(120),
        block: Duration::from_secs(60),
        ..quick(kit.url())
    };
    let running = start(&kit, config);
    push(&kit, "default", [job(1, &["hold"])]);
    running.gate.wait_for("the job begins", 1);
    running.server.request_stop();
    kit.eventually("no thread waits for jobs any more", || kit.blocked() == 0);
    // The stop would requeue the job now, and must not do so for a minute.
    thread::sleep(Duration::from_millis(300));
    running.gate.open();
    running.stop();
    kit.assert_eq("the job is counted", processed(&kit), 1);
    kit.assert_eq("and was not requeued", kit.list("queue:default"), Vec::<String>::new());
}
