//! Task 5.1: as many jobs at once as there are threads.

use std::collections::HashSet;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Barrier, Mutex};
use std::thread::ThreadId;
use std::time::Duration;

use serde_json::json;
use sidepunch::{BoxError, Config, Error, Job, Server, Stop, Worker};
use testkit::Kit;

/// Meets as many others as the barrier asks for, in the middle of its job.
struct Meet(Arc<Barrier>, Sender<ThreadId>);

impl Worker for Meet {
    const CLASS: &'static str = "MeetWorker";
    type Args = ();

    fn perform(&self, (): Self::Args, _: &Job) -> Result<(), BoxError> {
        self.0.wait();
        Ok(self.1.send(std::thread::current().id())?)
    }
}

/// Waits until it may end.
struct Gate {
    begun: Sender<u64>,
    may_end: Mutex<Receiver<()>>,
}

impl Worker for Gate {
    const CLASS: &'static str = "GateWorker";
    type Args = (u64,);

    fn perform(&self, (number,): Self::Args, _: &Job) -> Result<(), BoxError> {
        self.begun.send(number)?;
        self.may_end.lock().map_err(|_| "poisoned")?.recv()?;
        Ok(())
    }
}

struct Tell(Sender<u64>);

impl Worker for Tell {
    const CLASS: &'static str = "TellWorker";
    type Args = (u64,);

    fn perform(&self, (number,): Self::Args, _: &Job) -> Result<(), BoxError> {
        self.0.send(number)?;
        if number == 13 {
            panic!("an unlucky number");
        }
        Ok(())
    }
}

fn server(kit: &Kit, concurrency: usize) -> Server {
    server_with(kit, concurrency, Duration::from_millis(100))
}

fn server_with(kit: &Kit, concurrency: usize, block: Duration) -> Server {
    let config = Config {
        redis: kit.url(),
        concurrency,
        block,
        ..Config::default()
    };
    Server::new(config).expect("a URL of a Redis")
}

fn run(kit: &Kit, mut server: Server) -> (Stop, testkit::Task<Result<(), Error>>) {
    let stop = server.stop();
    (stop, kit.spawn(move || server.run()))
}

fn push(kit: &Kit, class: &str, args: serde_json::Value) {
    let job = json!({"class": class, "args": args, "queue": "default"}).to_string();
    kit.lpush("queue:default", &[job.as_bytes()]);
}

/// Kills: one thread, threads that take turns by a lock held while a job runs.
#[test]
fn as_many_jobs_run_at_once_as_there_are_threads() {
    let kit = testkit::kit!();
    let (met, meets) = channel();
    let barrier = Arc::new(Barrier::new(5));
    let (stop, task) = run(&kit, server(&kit, 5).register(Meet(barrier, met)));
    for _ in 0..5 {
        push(&kit, "MeetWorker", json!([]));
    }
    let threads: HashSet<ThreadId> = (0..5)
        .map(|_| {
            kit.wait_for("five jobs meet, each in the middle of its own", || {
                meets.try_recv().ok()
            })
        })
        .collect();
    kit.assert_eq("each in a thread of its own", threads.len(), 5);
    stop.request();
    kit.assert("run returns", task.join("it stops").is_ok());
}

/// Kills: more threads than were asked for, a job for each thread and one in the hand.
#[test]
fn no_more_jobs_run_than_there_are_threads() {
    let kit = testkit::kit!();
    let ((begun, begins), (end, may_end)) = (channel(), channel());
    let gate = Gate {
        begun,
        may_end: Mutex::new(may_end),
    };
    // The gate lets one job wait inside its lock, the other in front of it: both are begun.
    let (stop, task) = run(&kit, server(&kit, 2).register(gate));
    for number in 0..4 {
        push(&kit, "GateWorker", json!([number]));
    }
    kit.eventually("two jobs begin", || begins.try_recv().is_ok());
    kit.eventually("two jobs begin", || begins.try_recv().is_ok());
    kit.eventually("what is not begun is in its queue, for others", || {
        kit.list("queue:default").len() == 2
    });
    // One that must not come has some time to come.
    let third = begins.recv_timeout(Duration::from_millis(300));
    kit.assert("a third does not begin", third.is_err());
    for _ in 0..4 {
        end.send(()).expect("the jobs wait");
    }
    stop.request();
    kit.assert("run returns", task.join("it stops").is_ok());
}

/// Kills: a program whose option is not obeyed.
#[test]
fn the_program_has_as_many_threads_as_told() {
    let kit = testkit::kit!();
    let _program = kit.start(&["work", "-c", "3"]);
    let identity = kit.wait_for("the process is in `processes`", || {
        kit.query::<Vec<String>>(&["SMEMBERS", "processes"]).pop()
    });
    kit.eventually("it says that it has three threads", || {
        kit.query::<Option<String>>(&["HGET", &identity, "concurrency"]) == Some("3".to_owned())
    });
}

/// Kills: a thread that keeps its place where jobs are waited for while it performs what it was brought there.
#[test]
fn while_one_works_another_waits() {
    let kit = testkit::kit!();
    let ((begun, begins), (end, may_end)) = (channel(), channel());
    let gate = Gate {
        begun,
        may_end: Mutex::new(may_end),
    };
    let (stop, task) = run(&kit, server(&kit, 3).register(gate));
    kit.eventually("it waits for jobs in Redis", || kit.blocked() > 0);
    for number in 0..3 {
        push(&kit, "GateWorker", json!([number]));
        kit.eventually("the job begins, whatever runs", || begins.try_recv() == Ok(number));
    }
    for _ in 0..3 {
        end.send(()).expect("the jobs wait");
    }
    stop.request();
    kit.assert("run returns", task.join("it stops").is_ok());
}

/// Kills: a slow job that blocks the others, a batch that waits behind it.
#[test]
fn a_slow_job_blocks_its_own_thread_only() {
    let kit = testkit::kit!();
    let ((begun, begins), (end, may_end), (tell, told)) = (channel(), channel(), channel());
    let gate = Gate {
        begun,
        may_end: Mutex::new(may_end),
    };
    let (stop, task) = run(&kit, server(&kit, 2).register(gate).register(Tell(tell)));
    for number in 0..100 {
        push(&kit, "TellWorker", json!([number + 100]));
        if number == 50 {
            push(&kit, "GateWorker", json!([0]));
        }
    }
    kit.eventually("the slow job begins", || begins.try_recv().is_ok());
    let mut all: Vec<u64> = (0..100)
        .map(|_| kit.wait_for("all others are performed meanwhile", || told.try_recv().ok()))
        .collect();
    all.sort_unstable();
    kit.assert_eq("each once", all, (100..200).collect::<Vec<_>>());
    end.send(()).expect("the job waits");
    stop.request();
    kit.assert("run returns", task.join("it stops").is_ok());
}

/// Kills: a thread that ends with a panic, a pool that ends with its thread.
#[test]
fn a_panic_costs_a_job_and_no_thread() {
    let kit = testkit::kit!();
    let (tell, told) = channel();
    let (stop, task) = run(&kit, server(&kit, 2).register(Tell(tell)));
    for _ in 0..10 {
        push(&kit, "TellWorker", json!([13]));
    }
    push(&kit, "TellWorker", json!([1]));
    for _ in 0..11 {
        kit.wait_for("after ten panics in two threads, a job is performed", || {
            told.try_recv().ok()
        });
    }
    kit.eventually("and all ten are retried", || {
        kit.query::<usize>(&["ZCARD", "retry"]) == 10
    });
    kit.assert("it still runs", !task.is_finished());
    stop.request();
    kit.assert("run returns", task.join("it stops").is_ok());
}

/// Kills: threads that never look at the stop, or hear of it one after the other.
#[test]
fn all_threads_stop() {
    let kit = testkit::kit!();
    let (met, meets) = channel();
    let server = server_with(&kit, 20, Duration::from_millis(400)).register(Meet(Arc::new(Barrier::new(20)), met));
    let (stop, task) = run(&kit, server);
    (0..20).for_each(|_| push(&kit, "MeetWorker", json!([])));
    for _ in 0..20 {
        kit.wait_for("each thread performs a job", || meets.try_recv().ok());
    }
    let waits = || {
        let commands = kit.commands();
        let blocking = |command: &&String| command.starts_with("BR") || command.starts_with("BL");
        commands.iter().filter(blocking).count()
    };
    let before = waits();
    // The second one begins when the first has been in vain, or when several wait at once.
    kit.eventually("none has more to do", || waits() > before + 1);
    let asked = std::time::Instant::now();
    stop.request();
    kit.assert("run returns", task.join("twenty idle threads stop").is_ok());
    // One wait for all of them is 0.4 s, one for each of them 8 s.
    kit.assert("at once", asked.elapsed() < Duration::from_secs(4));
}
