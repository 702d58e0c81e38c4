//! Task 5.5: what the dead have left.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use serde_json::{Value, json};
use sidepunch::connection::Connections;
use sidepunch::{BoxError, Claimed, Claims, Config, Error, Fate, Job, Order, Server, Stop, Verdict, Worker};
use testkit::Kit;

struct Tell(Sender<u64>);

impl Worker for Tell {
    const CLASS: &'static str = "TellWorker";
    type Args = (u64,);

    fn perform(&self, (number,): Self::Args, _: &Job) -> Result<(), BoxError> {
        Ok(self.0.send(number)?)
    }
}

struct Running {
    told: Receiver<u64>,
    stop: Stop,
    task: testkit::Task<Result<(), Error>>,
}

/// A server that looks for the dead several times a second.
fn run(kit: &Kit, queues: &[&str]) -> Running {
    run_with(kit, queues, Duration::from_millis(500))
}

fn run_with(kit: &Kit, queues: &[&str], lease: Duration) -> Running {
    let (tell, told) = channel();
    let config = Config {
        redis: kit.url(),
        queues: Order {
            queues: queues.iter().map(|name| ((*name).to_owned(), 1)).collect(),
            weighted: false,
        },
        concurrency: 1,
        lease,
        block: Duration::from_millis(100),
        ..Config::default()
    };
    let mut server = Server::new(config).expect("a URL of a Redis").register(Tell(tell));
    Running {
        told,
        stop: server.stop(),
        task: kit.spawn(move || server.run()),
    }
}

impl Running {
    fn stop(self, kit: &Kit) {
        self.stop.request();
        kit.assert("run returns Ok(())", self.task.join("run returns").is_ok());
    }
}

fn job(number: u64) -> String {
    json!({"class": "TellWorker", "args": [number], "jid": format!("{number:024x}")}).to_string()
}

/// A process whose lease ends so many seconds from now, and that holds these jobs: the first is the first that it claimed.
fn process(kit: &Kit, identity: &str, lease: f64, queue: &str, jobs: &[String]) {
    let time: (f64, f64) = kit.query(&["TIME"]);
    kit.command(&["ZADD", "leases", &(time.0 + lease).to_string(), identity]);
    for job in jobs {
        kit.command(&["LPUSH", &format!("inflight:{identity}:0:{queue}"), job]);
    }
}

fn told(kit: &Kit, running: &Running) -> u64 {
    kit.wait_for("a job of the dead process is performed", || {
        running.told.try_recv().ok()
    })
}

/// How often a server has looked for the dead.
fn looks(kit: &Kit) -> usize {
    let commands = kit.commands();
    let looks = commands
        .iter()
        .filter(|command| command.starts_with("EVAL") && command.contains("ZRANGEBYSCORE"));
    looks.count()
}

fn of(kit: &Kit, identity: &str) -> Vec<String> {
    kit.keys().into_iter().filter(|key| key.contains(identity)).collect()
}

/// Invariant 3. Sidekiq's own pages have forgotten the process, and nobody will start it again. Kills: a look at `processes`,
/// jobs that come back in another order or to another queue, equal ones that are taken for one, or for
/// several deaths, a look at what threads held
/// but not at what they were brought while they waited, a memory without an end or of another length.
#[test]
fn the_jobs_of_the_dead_go_back_to_their_queues() {
    let kit = testkit::kit!();
    process(&kit, "gone:1:abc", -1.0, "a:b é", &[job(1), job(2), job(3)]);
    process(&kit, "gone:2:def", -1.0, "default", &[job(11), job(11)]);
    for number in [11, 12] {
        kit.command(&["LPUSH", "inflight:gone:2:def:0-waits:default", &job(number)]);
    }
    kit.lpush("queue:a:b é", &[job(4).as_bytes()]);
    // Somebody has cleared both queues meanwhile.
    kit.command(&["DEL", "queues"]);
    // It performs none of them, so that they can be seen.
    let running = run(&kit, &["other"]);
    kit.eventually("what one has left is in its queue", || {
        kit.list("queue:a:b é").len() == 4
    });
    kit.eventually("what the other has left is in its own", || {
        kit.list("queue:default").len() == 4
    });
    kit.assert_eq(
        "in the old order: the next to be popped is the first that was claimed",
        kit.list("queue:a:b é"),
        vec![job(4), job(3), job(2), job(1)],
    );
    let deaths: (u64, u64) = kit.query(&["HMGET", "recovered", &job(1), &job(11)]);
    kit.assert_eq(
        "one process has died with each, also with three that are equal",
        deaths,
        (1, 1),
    );
    let forgets: i64 = kit.query(&["TTL", "recovered"]);
    kit.assert(
        &format!("it is remembered for 72 hours (259,200 s) that they were recovered, got {forgets}"),
        (259_100..=259_200).contains(&forgets),
    );
    let mut queues: Vec<String> = kit.query(&["SMEMBERS", "queues"]);
    queues.sort_unstable();
    kit.assert_eq("Sidekiq's pages show their queues", queues, vec!["a:b é", "default"]);
    kit.eventually("nothing is left of either", || of(&kit, "gone:").is_empty());
    kit.eventually("nor of their leases", || kit.query::<usize>(&["ZCARD", "leases"]) == 1);
    running.stop(&kit);
}

/// Kills: to take from the living, to take it for dead when its lease is young, to forget one that holds nothing yet.
#[test]
fn the_living_are_left_alone() {
    let kit = testkit::kit!();
    process(&kit, "alive:1:abc", 60.0, "default", &[job(1)]);
    let running = run(&kit, &["default"]);
    // It may look at the dead first, so what it does at one look is known at the next.
    for number in 2..4 {
        process(&kit, "gone:1:abc", -1.0, "default", &[job(number)]);
        kit.assert_eq("the job of the dead is performed", told(&kit, &running), number);
        kit.eventually("the dead is forgotten", || of(&kit, "gone:").is_empty());
    }
    kit.assert_eq(
        "the one that lives holds what it held",
        kit.list("inflight:alive:1:abc:0:default"),
        vec![job(1)],
    );
    let lease: Option<f64> = kit.query(&["ZSCORE", "leases", "alive:1:abc"]);
    kit.assert("and has its lease", lease.is_some());
    running.stop(&kit);
}

/// Kills: reading the list and pushing what was read, without asking who removed it.
#[test]
fn many_that_look_at_once_give_each_job_back_once() {
    let kit = testkit::kit!();
    let jobs: Vec<String> = (0..200).map(job).collect();
    process(&kit, "gone:1:abc", -1.0, "default", &jobs);
    // On a busy machine one of them may be late, and must not be taken for dead.
    let lease = Duration::from_secs(1);
    let servers: Vec<Running> = (0..4).map(|_| run_with(&kit, &["default"], lease)).collect();
    kit.eventually("all are performed", || {
        kit.query::<Option<u64>>(&["GET", "stat:processed"]) >= Some(200)
    });
    kit.eventually("the dead is forgotten", || of(&kit, "gone:").is_empty());
    let mut all: Vec<u64> = servers.iter().flat_map(|server| server.told.try_iter()).collect();
    all.sort_unstable();
    kit.assert_eq("each once", all, (0..200).collect::<Vec<_>>());
    servers.into_iter().for_each(|server| server.stop(&kit));
    kit.assert_eq("and counted once", kit.query::<u64>(&["GET", "stat:processed"]), 200);
    kit.assert_eq(
        "it is not remembered that they were recovered",
        kit.query::<usize>(&["HLEN", "recovered"]),
        0,
    );
}

/// After an outage all leases have run out, and those who live have not yet said so. Kills: a process that starts, looks,
/// and takes away what others are at.
#[test]
fn nobody_is_taken_for_dead_at_first_sight() {
    let kit = testkit::kit!();
    process(&kit, "slow:1:abc", -1.0, "default", &[job(1)]);
    let running = run(&kit, &["default"]);
    // At the second look it is known what came of the first.
    kit.eventually("the server has looked for the dead twice", || looks(&kit) > 1);
    // It says that it lives, in time.
    process(&kit, "slow:1:abc", 60.0, "default", &[]);
    process(&kit, "gone:1:abc", -1.0, "default", &[job(2)]);
    kit.assert_eq("the dead is found", told(&kit, &running), 2);
    kit.assert_eq(
        "the other one is left alone",
        kit.list("inflight:slow:1:abc:0:default").len(),
        1,
    );
    running.stop(&kit);
}

/// All processes of a machine may be frozen, and one wakes first. Kills: to think that one was well all the time, because the
/// lease could be renewed again.
#[test]
fn who_was_frozen_itself_takes_nobody_for_dead() {
    let kit = testkit::kit!();
    process(&kit, "gone:1:abc", -1.0, "default", &[job(1)]);
    let program = kit.start(&["work", "-c", "1"]);
    // A lease of 5 s.
    let ten = Duration::from_secs(10);
    kit.eventually_in(ten, "it recovers what the dead has left", || {
        of(&kit, "gone:1:abc").is_empty()
    });
    let signal = |name: &str| {
        let pid = program.pid().to_string();
        let sent = Command::new("kill").args([name, &pid]).status();
        kit.assert("the signal is sent", sent.is_ok_and(|status| status.success()));
    };
    signal("-STOP");
    kit.eventually_in(ten, "its lease has run out", || {
        let time: (f64, f64) = kit.query(&["TIME"]);
        kit.query::<usize>(&["ZCOUNT", "leases", "-inf", &time.0.to_string()]) == 1
    });
    process(&kit, "frozen:1:abc", -1.0, "default", &[job(2)]);
    let before = looks(&kit);
    signal("-CONT");
    kit.eventually("it has looked for the dead twice", || looks(&kit) > before + 1);
    let held = kit.list("inflight:frozen:1:abc:0:default");
    kit.assert_eq("the other one has had time to wake", held, vec![job(2)]);
}

/// Kills: leases, or keys, of which one that is no text makes all unreadable.
#[test]
fn names_that_are_no_text_keep_nobody() {
    let kit = testkit::kit!();
    let foreign = r"
        redis.call('ZADD', 'leases', 1, '\255:1:abc')
        redis.call('SET', 'inflight:gone:1:abc:0:\255', '')";
    kit.command(&["EVAL", foreign, "0"]);
    process(&kit, "gone:1:abc", -1.0, "default", &[job(1)]);
    let running = run(&kit, &["default"]);
    kit.assert_eq("the dead is found", told(&kit, &running), 1);
    running.stop(&kit);
}

/// Between the look and the last of many jobs, time goes by. Kills: a lease that is looked at once, and then all is taken.
#[test]
fn who_is_back_meanwhile_keeps_what_is_left() {
    let kit = testkit::kit!();
    let jobs: Vec<String> = (0..1_000).map(job).collect();
    let payloads: Vec<&[u8]> = jobs.iter().map(String::as_bytes).collect();
    kit.lpush("inflight:slow:1:abc:0:other", &payloads);
    process(&kit, "slow:1:abc", -1.0, "other", &[]);
    let running = run(&kit, &["default"]);
    let back = r"
        if redis.call('LLEN', KEYS[1]) == 0 then return nil end
        redis.call('ZADD', KEYS[3], redis.call('TIME')[1] + 60, ARGV[1])
        return redis.call('LLEN', KEYS[2])";
    let keys = ["queue:other", "inflight:slow:1:abc:0:other", "leases"];
    let eval = ["EVAL", back, "3", keys[0], keys[1], keys[2], "slow:1:abc"];
    let left: usize = kit.wait_for("its jobs are being given back", || kit.query(&eval));
    process(&kit, "gone:1:abc", -1.0, "default", &[job(1_000)]);
    kit.assert_eq("the next of the dead is found", told(&kit, &running), 1_000);
    // None, if a list is given back as a whole.
    kit.assert_eq(
        "it still holds what it held when it came back",
        kit.list(keys[1]).len(),
        left,
    );
    running.stop(&kit);
}

/// A job that kills its process would kill all, one after the other. Kills: counting by process or by jid in the payload, a
/// third time that is a fourth, a job that is lost since it wants no grave or is no job, a count that outlives the job.
#[test]
fn at_the_third_death_a_job_is_given_up() {
    let kit = testkit::kit!();
    let pill = job(1);
    let modest = r#"{"class":"TellWorker","args":[2],"dead":false}"#.to_owned();
    let (innocent, no_job) = (job(3), "no job".to_owned());
    for (job, deaths) in [(&pill, "2"), (&modest, "2"), (&no_job, "2"), (&innocent, "1")] {
        kit.command(&["HSET", "recovered", job, deaths]);
    }
    process(&kit, "gone:1:abc", -1.0, "default", &[pill, modest, no_job, innocent]);
    let running = run(&kit, &["default"]);
    kit.assert_eq(
        "the one that has seen two deaths is performed again",
        told(&kit, &running),
        3,
    );
    kit.eventually("the dead process is forgotten", || of(&kit, "gone:").is_empty());
    let mut dead: Vec<String> = kit.query(&["ZRANGE", "dead", "0", "-1"]);
    kit.assert(
        "what is no job is in `dead` as it was",
        dead.iter().any(|grave| grave == "no job"),
    );
    dead.retain(|grave| grave != "no job");
    kit.assert_eq("of the others one is, the other wanted no grave", dead.len(), 1);
    let grave: Value = serde_json::from_str(&dead[0]).unwrap_or_default();
    kit.assert_eq("it is the first", grave["args"].clone(), json!([1]));
    let told = ["error_class", "error_message"]
        .iter()
        .all(|key| grave[*key].as_str().is_some_and(|text| !text.is_empty()));
    kit.assert(&format!("error_class and error_message say why: {grave}"), told);
    kit.assert("no other was performed", running.told.try_recv().is_err());
    kit.eventually("what was counted is forgotten", || {
        kit.query::<usize>(&["HLEN", "recovered"]) == 0
    });
    running.stop(&kit);
}

/// `Claims::turn`, called by hand for two threads. What was recovered may be what kills processes, and those that are beside it
/// die with it, again and again. Kills: one in a batch; two at once that have seen two deaths; a mark that outlives the job;
/// one that loses its turn.
#[test]
fn what_was_recovered_is_claimed_alone() {
    let kit = testkit::kit!();
    for (number, deaths) in [(1, "1"), (3, "2"), (4, "2")] {
        kit.command(&["HSET", "recovered", &job(number), deaths]);
    }
    let jobs: Vec<String> = (0..6).map(job).collect();
    let jobs: Vec<&[u8]> = jobs.iter().map(String::as_bytes).collect();
    kit.lpush("queue:default", &jobs);
    let connections = Arc::new(Connections::new(&kit.url()).expect("a URL of a Redis"));
    let [mut one, mut other] =
        [0, 1].map(|thread| Claims::new(&Config::default(), connections.clone(), "me:1:abc", thread));
    // Each turn settles what the one before has claimed.
    let turn = |claims: &mut Claims, expected: &[u64]| {
        let turn = claims.turn(&[], 10);
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
        kit.query::<usize>(&["HLEN", "recovered"]),
        0,
    );
}

/// Kills: a suspect beside a job that the same turn has claimed from another queue.
#[test]
fn what_was_recovered_is_claimed_alone_from_all_queues() {
    let kit = testkit::kit!();
    kit.command(&["HSET", "recovered", &job(2), "1"]);
    for (queue, number) in [("first", 1), ("second", 2), ("third", 3)] {
        kit.lpush(&format!("queue:{queue}"), &[job(number).as_bytes()]);
    }
    let connections = Arc::new(Connections::new(&kit.url()).expect("a URL of a Redis"));
    let config = Config {
        queues: Order::parse(&["first", "second", "third"]).expect("three queues"),
        ..Config::default()
    };
    let mut claims = Claims::new(&config, connections, "me:1:abc", 0);
    let mut order = Vec::new();
    for _ in 0..3 {
        let turn = claims.turn(&[], 10);
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

/// `Claims::turn`, called by hand. While any is remembered, each job that comes to a wait costs a turn more. Kills: a memory
/// of jobs that have failed, or that a wait had brought.
#[test]
fn what_is_settled_is_no_suspect_any_more() {
    let kit = testkit::kit!();
    let connections = Arc::new(Connections::new(&kit.url()).expect("a URL of a Redis"));
    let mut claims = Claims::new(&Config::default(), connections, "me:1:abc", 0);
    let ends = [
        ("0", Fate::Failed(Verdict::Dropped)),
        ("0", Fate::Failed(Verdict::Dead(b"kept".to_vec()))),
        ("0-waits", Fate::Done),
        ("0-waits", Fate::Failed(Verdict::Dropped)),
    ];
    for (holder, fate) in ends {
        let told = format!("{fate:?} of {holder}");
        kit.command(&["HSET", "recovered", &job(1), "1"]);
        kit.lpush(&format!("inflight:me:1:abc:{holder}:default"), &[job(1).as_bytes()]);
        let claimed = Claimed {
            queue: "default".into(),
            payload: job(1).into_bytes(),
            waited: holder == "0-waits",
        };
        let turn = claims.turn(&[(Arc::new(claimed), fate)], 0);
        kit.assert(&format!("a turn ends, got {turn:?}"), turn.is_ok());
        kit.assert_eq(&told, kit.query::<usize>(&["HLEN", "recovered"]), 0);
    }
}

/// Kills: a suspect that must wait for another, and keeps the jobs of other queues.
#[test]
fn a_suspect_that_waits_keeps_nobody_else() {
    let kit = testkit::kit!();
    for number in 1..3 {
        kit.command(&["HSET", "recovered", &job(number), "2"]);
        kit.lpush("queue:first", &[job(number).as_bytes()]);
    }
    kit.lpush("queue:second", &[job(3).as_bytes()]);
    let connections = Arc::new(Connections::new(&kit.url()).expect("a URL of a Redis"));
    let config = Config {
        queues: Order::parse(&["first", "second"]).expect("two queues"),
        ..Config::default()
    };
    let claimed = [0, 1].map(|thread| {
        let turn = Claims::new(&config, connections.clone(), "me:1:abc", thread).turn(&[], 10);
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

/// Takes its time, and knows how many run beside it.
struct Crowd(Arc<(AtomicUsize, AtomicUsize)>);

impl Worker for Crowd {
    const CLASS: &'static str = "TellWorker";
    type Args = (u64,);

    fn perform(&self, _: Self::Args, _: &Job) -> Result<(), BoxError> {
        let (running, most) = &*self.0;
        most.fetch_max(running.fetch_add(1, SeqCst) + 1, SeqCst);
        std::thread::sleep(Duration::from_millis(50));
        running.fetch_sub(1, SeqCst);
        Ok(())
    }
}

/// Invariant 4. Whoever waits for a job in Redis gets it without a question. Kills: to perform what ended a wait, whatever it
/// is; a thread that waits for ever, since there was a suspect.
#[test]
fn suspects_run_one_after_the_other_also_when_all_threads_wait() {
    let kit = testkit::kit!();
    let crowd = Arc::default();
    let config = Config {
        redis: kit.url(),
        concurrency: 4,
        lease: Duration::from_millis(500),
        block: Duration::from_millis(100),
        ..Config::default()
    };
    let mut server = Server::new(config)
        .expect("a URL of a Redis")
        .register(Crowd(Arc::clone(&crowd)));
    let (stop, task) = (server.stop(), kit.spawn(move || server.run()));
    kit.eventually("it waits for jobs in Redis", || kit.blocked() > 0);
    // As another process would recover them, and in one step: nobody hears of suspects before they come.
    let script =
        "for _, job in ipairs(ARGV) do redis.call('HSET', KEYS[1], job, 2) redis.call('RPUSH', KEYS[2], job) end";
    let recover = ["EVAL", script, "2", "recovered", "queue:default"].map(str::to_owned);
    kit.command(&recover.into_iter().chain((0..5).map(job)).collect::<Vec<_>>());
    kit.eventually("all are performed", || {
        kit.query::<Option<u64>>(&["GET", "stat:processed"]) == Some(5)
    });
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
    (5..9).for_each(|number| kit.lpush("queue:default", &[job(number).as_bytes()]));
    kit.eventually("then others are, too", || {
        kit.query::<Option<u64>>(&["GET", "stat:processed"]) == Some(9)
    });
    kit.assert("several at once", crowd.1.load(SeqCst) > 1);
    stop.request();
    kit.assert("run returns Ok(())", task.join("run returns").is_ok());
}

/// `recovered` may name a job for days: its queue has no process any more, or somebody deleted the job. Kills: to look again
/// and again as long as any is remembered; a wait that performs what has to run alone.
#[test]
fn a_suspect_that_nobody_has_keeps_no_thread_from_waiting() {
    let kit = testkit::kit!();
    kit.command(&["HSET", "recovered", &job(1), "2"]);
    let running = run(&kit, &["default"]);
    kit.eventually("a thread waits for jobs in Redis", || kit.blocked() > 0);
    for number in 0..2 {
        kit.lpush("queue:default", &[job(number).as_bytes()]);
        kit.assert_eq(
            "what comes is performed",
            running.told.recv_timeout(Duration::from_secs(10)),
            Ok(number),
        );
    }
    kit.eventually("the suspect is none any more", || {
        kit.query::<usize>(&["HLEN", "recovered"]) == 0
    });
    running.stop(&kit);
}

/// Kills: equal payloads of which the first is given up, and the second begins to count anew.
#[test]
fn equal_payloads_are_given_up_together() {
    let kit = testkit::kit!();
    process(&kit, "gone:1:abc", -1.0, "other", &[job(1), job(1)]);
    kit.command(&["HSET", "recovered", &job(1), "2"]);
    let running = run(&kit, &["default"]);
    kit.eventually("nothing of the dead process is left", || {
        of(&kit, "gone:1:abc").is_empty()
    });
    kit.assert_eq("neither is in its queue", kit.list("queue:other"), Vec::<String>::new());
    kit.assert("both are in `dead`", kit.query::<usize>(&["ZCARD", "dead"]) > 0);
    kit.assert(
        "neither is counted any more",
        !kit.keys().contains(&"recovered".to_owned()),
    );
    running.stop(&kit);
}

/// A Redis that refuses writes, as a master without replicas does, looks as if all had died. Kills: to believe it as soon as it
/// takes writes again.
#[test]
fn who_could_not_renew_its_lease_is_not_dead() {
    let kit = testkit::kit!(own);
    let lease = Duration::from_secs(2);
    let running = run_with(&kit, &["default"], lease);
    let ends = || {
        kit.query::<Vec<(String, f64)>>(&["ZRANGE", "leases", "0", "-1", "WITHSCORES"])
            .remove(0)
            .1
    };
    let now = || kit.query::<(f64, f64)>(&["TIME"]).0;
    kit.eventually("the process lives", || kit.query::<usize>(&["ZCARD", "leases"]) == 1);
    let before = ends();
    kit.eventually("it has lived for longer than a lease", || ends() > before + 2.0);
    kit.command(&["CONFIG", "SET", "min-replicas-to-write", "1"]);
    kit.eventually("its lease has run out, and it was not its fault", || {
        ends() < now() - 1.0
    });
    // The other one's as well, that has no time to renew it yet.
    kit.command(&["CONFIG", "SET", "min-replicas-to-write", "0"]);
    process(&kit, "alive:1:abc", -1.0, "default", &[job(1)]);
    let before = looks(&kit);
    kit.eventually("the server has looked for the dead twice", || looks(&kit) > before + 1);
    let held = kit.list("inflight:alive:1:abc:0:default");
    kit.assert_eq("the other one has had time to say that it lives", held, vec![job(1)]);
    running.stop(&kit);
}

/// Kills: a log that counts wrongly, counts the one that is given up, hides it, or names who held nothing.
#[test]
fn the_log_tells_what_became_of_them() {
    let kit = testkit::kit!();
    process(
        &kit,
        "crashed-host:17:0123456789ab",
        -1.0,
        "default",
        &[job(1), job(2), job(3)],
    );
    process(&kit, "idle-host:17:0123456789ab", -1.0, "default", &[]);
    kit.command(&["HSET", "recovered", &job(2), "2"]);
    let program = kit.start(&["work", "-q", "other"]);
    kit.eventually_in(Duration::from_secs(20), "both processes are forgotten", || {
        kit.query::<u64>(&["ZCARD", "leases"]) == 1
    });
    let log = program.stderr();
    let told = |text: &str| log.lines().filter(|line| line.contains(text)).collect::<Vec<_>>();
    let crashed = told("crashed-host");
    kit.assert_eq("one line tells of the process that is dead", crashed.len(), 1);
    let counts = crashed[0].split_whitespace().any(|word| word == "2");
    kit.assert(
        &format!("it says how many jobs go back, which is 2: {}", crashed[0]),
        counts,
    );
    let given_up = told(&format!("{:024x}", 2));
    kit.assert_eq("one line tells of the job that is given up", given_up.len(), 1);
    kit.assert_eq("who held nothing is no news", told("idle-host").len(), 0);
}

/// Kills: a removal before it is known that the job can be put elsewhere; one process that keeps all others.
#[test]
fn what_cannot_be_given_back_stays() {
    let kit = testkit::kit!();
    kit.command(&["SET", "queue:broken", "no list"]);
    process(&kit, "gone:1:abc", -2.0, "broken", &[job(1)]);
    let running = run(&kit, &["default"]);
    // Several looks: it is known that it looks when this one is found.
    process(&kit, "gone:2:abc", -1.0, "default", &[job(2)]);
    kit.assert_eq("another one's jobs are found", told(&kit, &running), 2);
    kit.assert_eq(
        "the job stays where it is",
        kit.list("inflight:gone:1:abc:0:broken"),
        vec![job(1)],
    );
    kit.command(&["DEL", "queue:broken"]);
    kit.eventually("once it can be, it is given back", || {
        kit.list("queue:broken") == vec![job(1)]
    });
    kit.command(&["SET", "dead", "no sorted set"]);
    kit.command(&["HSET", "recovered", &job(3), "2"]);
    process(&kit, "gone:3:abc", -1.0, "default", &[job(3)]);
    process(&kit, "gone:4:abc", -1.0, "default", &[job(4)]);
    kit.assert_eq("one that is not to be buried is performed", told(&kit, &running), 4);
    kit.eventually("it looks several times for what cannot be buried", || {
        let commands = kit.commands();
        commands
            .iter()
            .filter(|command| command.contains("inflight:gone:3:abc:0:default"))
            .count()
            > 6
    });
    kit.command(&["DEL", "dead"]);
    kit.eventually("once it can be, it is in `dead`", || {
        kit.query::<usize>(&["ZCARD", "dead"]) == 1
    });
    running.stop(&kit);
}

/// Kills: a server that takes its own jobs away, since it was late itself.
#[test]
fn a_server_does_not_recover_itself() {
    let kit = testkit::kit!();
    let running = run(&kit, &["default"]);
    let own = kit.wait_for("the server is there", || {
        kit.query::<Vec<String>>(&["SMEMBERS", "processes"]).pop()
    });
    kit.command(&["LPUSH", &format!("inflight:{own}:9:default"), &job(1)]);
    // Several looks, and at each it is late: it renews its lease, but not fast enough.
    for number in 2..5 {
        process(&kit, &format!("gone:{number}:abc"), -1.0, "default", &[job(number)]);
        let told = kit.wait_for("a job of the dead process is performed", || {
            (0..100).for_each(|_| process(&kit, &own, -2.0, "default", &[]));
            running.told.try_recv().ok()
        });
        kit.assert_eq("it is the one that the dead held", told, number);
    }
    kit.assert_eq(
        "its own are where they were",
        kit.list(&format!("inflight:{own}:9:default")).len(),
        1,
    );
    running.stop(&kit);
}
