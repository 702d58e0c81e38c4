//! Task 5.2: a job is claimed, not forgotten.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use sidepunch::connection::Connections;
use sidepunch::{BoxError, Claims, Config, Error, Job, Order, Server, Worker};
use testkit::{Kit, Proxy};

/// Says that it has begun, then waits until it may end: for ever, in this file. To settle a job is the next task.
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

/// A server that runs, and whose jobs do not end.
struct Running {
    begins: Receiver<u64>,
    _task: testkit::Task<Result<(), Error>>,
}

fn run(kit: &Kit, url: String, queues: &[&str], concurrency: usize) -> Running {
    let ((begun, begins), (end, may_end)) = (channel(), channel());
    let gate = Gate {
        begun,
        may_end: may_end.into(),
    };
    let config = Config {
        redis: url,
        queues: Order {
            queues: queues.iter().map(|name| ((*name).to_owned(), 1)).collect(),
            weighted: false,
        },
        concurrency,
        batch: 1,
        reconnect: Duration::from_millis(100),
        block: Duration::from_millis(100),
        ..Config::default()
    };
    let mut server = Server::new(config).expect("a URL of a Redis").register(gate);
    std::mem::forget(end);
    Running {
        begins,
        _task: kit.spawn(move || server.run()),
    }
}

fn job(number: u64, queue: &str) -> String {
    json!({"class": "GateWorker", "args": [number], "queue": queue, "odd": 1e2}).to_string()
}

fn push(kit: &Kit, number: u64, queue: &str) {
    kit.lpush(&format!("queue:{queue}"), &[job(number, queue).as_bytes()]);
}

/// The lists of what is in flight, and what they hold.
fn in_flight(kit: &Kit) -> Vec<(String, Vec<String>)> {
    let keys = kit.keys().into_iter().filter(|key| key.starts_with("inflight:"));
    let lists = keys.filter(|key| kit.query::<String>(&["TYPE", key]) == "list");
    lists.map(|key| (key.clone(), kit.list(&key))).collect()
}

/// The claims of another process than the server, called by hand.
fn claims(url: &str, identity: &str) -> Claims {
    let connections = Connections::new(url).expect("a URL of a Redis");
    Claims::new(&Config::default(), Arc::new(connections), identity, 0)
}

fn begins(kit: &Kit, running: &Running) -> u64 {
    kit.wait_for("a job begins", || running.begins.try_recv().ok())
}

/// Invariant 1. Kills: BRPOP, which forgets a job before it is done; a list that does not say whose it is, or which queue's.
#[test]
fn a_job_at_hand_is_in_a_list_of_its_process() {
    let kit = testkit::kit!();
    push(&kit, 1, "default");
    let running = run(&kit, kit.url(), &["default"], 2);
    begins(&kit, &running);
    kit.assert_eq("it has left its queue", kit.list("queue:default").len(), 0);
    let lists = in_flight(&kit);
    kit.assert_eq("one list holds jobs in flight", lists.len(), 1);
    kit.assert_eq(
        "it holds the job, byte for byte",
        lists[0].1.clone(),
        vec![job(1, "default")],
    );
    let processes: Vec<String> = kit.wait_for("the process is known", || {
        let processes: Vec<String> = kit.query(&["SMEMBERS", "processes"]);
        (!processes.is_empty()).then_some(processes)
    });
    let rest = lists[0].0.strip_prefix(&format!("inflight:{}:", processes[0]));
    let queue = rest.and_then(|rest| rest.split_once(':')).map(|(_, queue)| queue);
    let told = format!("the list is inflight:IDENTITY:THREAD:QUEUE, got {}", lists[0].0);
    kit.assert(&told, queue == Some("default"));
}

/// Invariant 3: without a lease nobody would ever look for what it holds. Kills: a claim that is known to nobody.
#[test]
fn whoever_holds_a_job_has_a_lease() {
    let kit = testkit::kit!();
    push(&kit, 1, "default");
    let running = run(&kit, kit.url(), &["default"], 1);
    begins(&kit, &running);
    let leases: Vec<(String, f64)> = kit.query(&["ZRANGE", "leases", "0", "-1", "WITHSCORES"]);
    kit.assert_eq("one process has a lease", leases.len(), 1);
    let time: (f64, f64) = kit.query(&["TIME"]);
    let left = leases[0].1 - time.0 - time.1 / 1e6;
    kit.assert(
        &format!("it ends within 5 s by Redis's clock, got {left}"),
        (1.0..=5.1).contains(&left),
    );
    let holder = format!("inflight:{}:", leases[0].0);
    kit.assert(
        "it is the one that holds the job",
        in_flight(&kit).iter().all(|(list, _)| list.starts_with(&holder)),
    );
    // A second one, as the first may have been about to end.
    kit.eventually("it is renewed", || {
        kit.query::<f64>(&["ZSCORE", "leases", &leases[0].0]) > leases[0].1
    });
}

/// No heart beats beside it. Kills: a claim that relies on the heartbeat, a lease that was given once and for all.
#[test]
fn a_claim_takes_a_lease_where_there_is_none() {
    let kit = testkit::kit!();
    kit.command(&["ZADD", "leases", "1", "ended:1:abc"]);
    for (number, identity) in (0..).zip(["new:1:abc", "ended:1:abc"]) {
        push(&kit, number, "default");
        let turn = claims(&kit.url(), identity).turn(&[], 1);
        kit.assert(
            &format!("it claims one, got {turn:?}"),
            turn.is_ok_and(|turn| turn.jobs.len() == 1),
        );
        let lease: f64 = kit
            .query::<Option<f64>>(&["ZSCORE", "leases", identity])
            .unwrap_or_default();
        let time: (f64, f64) = kit.query(&["TIME"]);
        let left = lease - time.0 - time.1 / 1e6;
        kit.assert(
            &format!("{identity} has a lease of 5 s by Redis's clock, got {left}"),
            (1.0..=5.1).contains(&left),
        );
    }
}

/// A job that came while the server had nothing to do is claimed like the others. Kills: a wait by BRPOP.
#[test]
fn what_ends_a_wait_is_claimed() {
    let kit = testkit::kit!();
    let running = run(&kit, kit.url(), &["urgent", "default"], 2);
    kit.eventually("it waits for jobs in Redis", || kit.blocked() > 0);
    for (number, queue) in [(1, "default"), (2, "urgent")] {
        push(&kit, number, queue);
        kit.assert_eq("the job begins", begins(&kit, &running), number);
    }
    let mut held: Vec<_> = in_flight(&kit).into_iter().flat_map(|(_, jobs)| jobs).collect();
    held.sort();
    kit.assert_eq("both are in flight", held, vec![job(1, "default"), job(2, "urgent")]);
}

/// Kills: an order that the claims do not keep, a list that is named after what the payload says.
#[test]
fn the_first_queue_goes_before_all_others() {
    let kit = testkit::kit!();
    for number in 0..3 {
        push(&kit, number, "low:x");
        push(&kit, number + 10, "high é");
    }
    // What it says of its queue is not where it was.
    kit.lpush("queue:high é", &[job(13, "low:x").as_bytes()]);
    let running = run(&kit, kit.url(), &["high é", "low:x"], 5);
    let mut numbers: Vec<u64> = (0..5).map(|_| begins(&kit, &running)).collect();
    numbers.sort_unstable();
    kit.assert_eq(
        "all of the first, and the oldest of the second",
        numbers,
        vec![0, 10, 11, 12, 13],
    );
    let held = |queue: &str| -> usize {
        let lists = in_flight(&kit).into_iter().filter(|(list, _)| list.ends_with(queue));
        lists.map(|(_, jobs)| jobs.len()).sum()
    };
    kit.assert_eq("they are in lists of the first queue", held(":high é"), 4);
    kit.assert_eq("and of the second", held(":low:x"), 1);
}

/// Invariant 2. Redis has done what it was asked, and the answer is lost, with the job in it. Kills: a claim that is known
/// only by its answer, and so the next one instead of it; a new name for what the process holds; nothing, since meanwhile no
/// other is to be begun.
#[test]
fn a_claim_whose_answer_was_lost_is_found_again() {
    for want in [0, 1] {
        let kit = testkit::kit!();
        let proxy = kit.proxy();
        // Redis may have to learn a script first.
        let first = claims(&kit.url(), "other:1:abc").turn(&[], 0);
        kit.assert("a turn may claim nothing", first.is_ok_and(|turn| turn.jobs.is_empty()));
        let mut claims = claims(&proxy.url(), "me:1:abc");
        (1..3).for_each(|number| push(&kit, number, "default"));
        // Whoever claims asks whether the process has a lease.
        proxy.cut_after_request("leases");
        let lost = claims.turn(&[], 1);
        kit.assert("the answer is lost", proxy.fired());
        // Whoever tries again by itself has found it already.
        let turn = if lost.is_ok() { lost } else { claims.turn(&[], want) };
        let told = format!("then it is there, got {turn:?}");
        let jobs = turn.map_or_else(|_| Vec::new(), |turn| turn.jobs);
        let jobs: Vec<_> = jobs.iter().map(|job| String::from_utf8_lossy(&job.payload)).collect();
        kit.assert_eq(&told, jobs, vec![job(1, "default")]);
        let held: Vec<_> = in_flight(&kit).into_iter().flat_map(|(_, jobs)| jobs).collect();
        kit.assert_eq("it is in flight, alone", held, vec![job(1, "default")]);
    }
}

/// Invariant 2, while nobody has anything to do. Kills: a waiting command whose answer is known to nobody else.
#[test]
fn a_job_that_ended_a_wait_is_found_when_the_answer_was_lost() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let running = run(&kit, proxy.url(), &["default"], 1);
    kit.eventually("it waits for jobs in Redis", || kit.blocked() > 0);
    proxy.hold_replies();
    push(&kit, 1, "default");
    kit.eventually("the wait takes the job", || kit.list("queue:default").is_empty());
    proxy.cut();
    proxy.release_replies();
    kit.assert_eq("the job is performed all the same", begins(&kit, &running), 1);
    let held: Vec<_> = in_flight(&kit).into_iter().flat_map(|(_, jobs)| jobs).collect();
    kit.assert_eq("it is in flight, once", held, vec![job(1, "default")]);
}

/// Nobody listens to a wait any more, and Redis has not noticed: it may move a job still. Kills: a turn that looks too early for
/// what the wait brings, so that the job lies there until the thread has time again.
#[test]
fn a_wait_whose_answer_was_lost_brings_nothing_later() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let ((begun, begins), (end, may_end)) = (channel(), channel::<()>());
    let gate = Gate {
        begun,
        may_end: may_end.into(),
    };
    let config = Config {
        redis: proxy.url(),
        concurrency: 1,
        batch: 1,
        reconnect: Duration::from_millis(100),
        block: Duration::from_secs(30),
        lease: Duration::from_secs(60),
        ..Config::default()
    };
    let mut server = Server::new(config).expect("a URL of a Redis").register(gate);
    let _task = kit.spawn(move || server.run());
    std::mem::forget(end);
    let waits = || {
        let commands = kit.commands();
        commands.iter().filter(|command| command.starts_with("BLMOVE")).count()
    };
    kit.eventually("it waits for jobs", || kit.blocked() > 0 && waits() == 1);
    proxy.hang_up();
    kit.eventually("it waits again", || waits() == 2);
    push(&kit, 1, "default");
    kit.wait_for("a job that comes then begins", || begins.try_recv().ok());
}

/// Many a Redis lets programs do no more than they need. Kills: a wait or a turn that fails with what it only may do.
#[test]
fn who_may_ask_of_no_connection_waits_all_the_same() {
    let kit = testkit::kit!(own);
    for refused in ["-client", "-@dangerous"] {
        kit.command(&[
            "ACL", "SETUSER", "modest", "reset", "on", ">secret", "~*", "+@all", refused,
        ]);
        let proxy = kit.proxy();
        let url = proxy.url().replace("redis://", "redis://modest:secret@");
        let running = run(&kit, url, &["default"], 1);
        kit.eventually("it waits for jobs", || kit.blocked() > 0);
        proxy.hang_up();
        push(&kit, 1, "default");
        kit.assert_eq("a job is performed all the same", begins(&kit, &running), 1);
    }
}

/// A server waits for jobs, loses an answer in this way, and is asked to stop: then its lease must be there. `timeout` is how long
/// its threads have for their end.
fn leaves_a_lease(kit: &Kit, timeout: Duration, lose: impl FnOnce(&Proxy)) {
    let proxy = kit.proxy();
    let config = Config {
        redis: proxy.url(),
        concurrency: 1,
        timeout,
        reconnect: Duration::from_millis(100),
        block: Duration::from_millis(100),
        batch: 1,
        ..Config::default()
    };
    let mut server = Server::new(config).expect("a URL of a Redis");
    let (stop, task) = (server.stop(), kit.spawn(move || server.run()));
    kit.eventually("it waits for jobs", || kit.blocked() > 0);
    lose(&proxy);
    kit.eventually("an answer is lost", || proxy.fired());
    stop.request();
    kit.assert("run returns Ok(())", task.join("run returns").is_ok());
    kit.assert_eq("its lease is there", kit.query::<usize>(&["ZCARD", "leases"]), 1);
}

/// The answer to a wait was lost on its way: perhaps with a job, which then is in flight. Kills: a process that takes its leave
/// while one of its threads still waits, so that nobody would look for what it holds.
#[test]
fn who_still_waits_leaves_a_lease() {
    leaves_a_lease(&testkit::kit!(), Duration::ZERO, |proxy| {
        proxy.swallow_after_request("BLMOVE");
    });
}

/// Nobody knows yet whether Redis still serves a wait whose answer was lost: the answer to its end is lost, too. Kills: a process
/// that takes its leave before.
#[test]
fn who_may_still_be_served_leaves_a_lease() {
    // Another thread may sit down meanwhile, and must not be the one who waits at the end.
    let timeout = Duration::from_secs(1);
    leaves_a_lease(&testkit::kit!(), timeout, |proxy| {
        proxy.swallow_after_request("KILL");
        proxy.hang_up();
    });
}

/// Whoever is full must be emptied, or it stays full. Kills: a claim whose first write adds something.
#[test]
fn jobs_are_claimed_from_a_full_redis() {
    let kit = testkit::kit!(own);
    for number in 0..3 {
        push(&kit, number, "default");
    }
    kit.command(&["CONFIG", "SET", "maxmemory", "1"]);
    let running = run(&kit, kit.url(), &["default"], 3);
    let mut numbers: Vec<u64> = (0..3).map(|_| begins(&kit, &running)).collect();
    numbers.sort_unstable();
    kit.assert_eq("all are begun", numbers, vec![0, 1, 2]);
    let held: usize = in_flight(&kit).into_iter().map(|(_, jobs)| jobs.len()).sum();
    kit.assert_eq("and in flight", held, 3);
    kit.command(&["CONFIG", "SET", "maxmemory", "0"]);
}
