//! Task 5.6: many jobs for one round trip, and still no job waits behind a slow one.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sidepunch::connection::Connections;
use sidepunch::{BoxError, Claims, Config, Error, Fate, Job, Order, Server, Stop, Verdict, Worker, batch};
use testkit::Kit;

struct Tell(Sender<u64>);

impl Worker for Tell {
    const CLASS: &'static str = "TellWorker";
    type Args = (u64,);

    fn perform(&self, (number,): Self::Args, _: &Job) -> Result<(), BoxError> {
        self.0.send(number)?;
        if matches!(number % 100, 7 | 9) {
            Err("out of luck".into())
        } else {
            Ok(())
        }
    }
}

/// Says that it has begun, then waits until it may end.
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

struct Running {
    told: Receiver<u64>,
    begins: Receiver<u64>,
    end: Sender<()>,
    stop: Stop,
    task: testkit::Task<Result<(), Error>>,
}

fn run(kit: &Kit, url: String, queues: &[&str], concurrency: usize) -> Running {
    let ((tell, told), (begun, begins), (end, may_end)) = (channel(), channel(), channel());
    let may_end = Mutex::new(may_end);
    let config = Config {
        redis: url,
        queues: Order {
            queues: queues.iter().map(|name| ((*name).to_owned(), 1)).collect(),
            weighted: false,
        },
        concurrency,
        batch: 64,
        reconnect: Duration::from_millis(100),
        block: Duration::from_millis(100),
        ..Config::default()
    };
    let server = Server::new(config).expect("a URL of a Redis");
    let mut server = server.register(Tell(tell)).register(Gate { begun, may_end });
    Running {
        told,
        begins,
        end,
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

fn job(class: &str, number: u64) -> String {
    json!({"class": class, "args": [number], "retry": 0}).to_string()
}

/// A thread's claims, to be called by hand.
fn claims(url: &str) -> Claims {
    let connections = Connections::new(url).expect("a URL of a Redis");
    Claims::new(&Config::default(), Arc::new(connections), "me:1:abc", 0)
}

fn push(kit: &Kit, class: &str, queue: &str, numbers: impl Iterator<Item = u64>) {
    let jobs: Vec<String> = numbers.map(|number| job(class, number)).collect();
    let jobs: Vec<&[u8]> = jobs.iter().map(String::as_bytes).collect();
    kit.lpush(&format!("queue:{queue}"), &jobs);
}

fn processed(kit: &Kit) -> u64 {
    kit.query::<Option<u64>>(&["GET", "stat:processed"]).unwrap_or_default()
}

/// How many jobs are in flight.
fn in_flight(kit: &Kit) -> usize {
    let keys = kit.keys().into_iter().filter(|key| key.starts_with("inflight:"));
    let lists = keys.filter(|key| kit.query::<String>(&["TYPE", key]) == "list");
    lists.map(|key| kit.list(&key).len()).sum()
}

/// A round trip costs twenty times what a small job does. Kills: one job to a claim, however small they are; a settlement for
/// each of a batch.
#[test]
fn quick_jobs_share_round_trips() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    push(&kit, "TellWorker", "default", 0..4_000);
    let running = run(&kit, proxy.url(), &["default"], 2);
    kit.eventually("all are performed", || processed(&kit) == 4_000);
    let requests = proxy.requests();
    kit.assert(
        &format!("4,000 quick jobs take far fewer requests, not {requests}"),
        requests < 1_000,
    );
    running.stop(&kit);
}

/// Kills: a job that is brought by a wait, put back, and claimed once more.
#[test]
fn what_ends_a_wait_is_performed_as_it_is() {
    let kit = testkit::kit!();
    let running = run(&kit, kit.url(), &["default"], 2);
    for number in 1..4 {
        kit.eventually("it waits for a job", || kit.blocked() > 0);
        push(&kit, "TellWorker", "default", number..number + 1);
        kit.eventually("the job is performed", || processed(&kit) == number);
    }
    let back: Vec<String> = kit.commands();
    let back: Vec<&String> = back
        .iter()
        .filter(|command| command.contains("RPUSH \"queue:default\""))
        .collect();
    kit.assert(&format!("no job goes back, got {back:?}"), back.is_empty());
    running.stop(&kit);
}

/// Kills: a batch that loses its end, or performs it twice; a failure that is taken for another job's.
#[test]
fn each_job_of_a_batch_is_performed_once() {
    let kit = testkit::kit!();
    push(&kit, "TellWorker", "low", 5_000..10_000);
    push(&kit, "TellWorker", "high", 0..5_000);
    let running = run(&kit, kit.url(), &["high", "low"], 3);
    kit.eventually("all are counted", || processed(&kit) == 10_000);
    let mut all: Vec<u64> = running.told.try_iter().collect();
    all.sort_unstable();
    kit.assert_eq("each was performed once", all.len(), 10_000);
    all.dedup();
    kit.assert_eq("none twice", all.len(), 10_000);
    kit.assert_eq(
        "each failure is counted",
        kit.query::<u64>(&["GET", "stat:failed"]),
        200,
    );
    let dead: Vec<String> = kit.query(&["ZRANGE", "dead", "0", "-1"]);
    let dead = dead.iter().map(|job| serde_json::from_str(job).unwrap_or_default());
    let mut dead: Vec<u64> = dead.filter_map(|job: Value| job["args"][0].as_u64()).collect();
    dead.sort_unstable();
    kit.assert_eq(
        "those that failed are dead",
        dead,
        (0..10_000)
            .filter(|number| matches!(number % 100, 7 | 9))
            .collect::<Vec<_>>(),
    );
    kit.assert_eq("nothing is in flight any more", in_flight(&kit), 0);
    running.stop(&kit);
}

/// Invariant 6. The guess was wrong: after many quick jobs come slow ones. Kills: a batch that waits behind a slow job.
#[test]
fn what_is_claimed_behind_a_slow_job_goes_back() {
    let kit = testkit::kit!();
    let running = run(&kit, kit.url(), &["default"], 2);
    // In one step, so that no thread has a pause in between.
    let mut jobs: Vec<String> = (0..2_000)
        .map(|number| json!({"class": "TellWorker", "args": [number * 100]}).to_string())
        .collect();
    jobs.extend((0..50).map(|number| json!({"class": "GateWorker", "args": [number]}).to_string()));
    let jobs: Vec<&[u8]> = jobs.iter().map(String::as_bytes).collect();
    kit.lpush("queue:default", &jobs);
    for _ in 0..2 {
        kit.eventually("two slow jobs begin", || running.begins.try_recv().is_ok());
    }
    kit.eventually("the others are in their queue, for whoever has time", || {
        // Beside them may be quick ones, given back by a thread that was kept from running.
        let queue = kit.list("queue:default");
        queue.iter().filter(|job| job.contains("GateWorker")).count() == 48
    });
    for _ in 0..50 {
        running.end.send(()).expect("the jobs wait");
    }
    kit.eventually("all are performed in the end", || processed(&kit) == 2_050);
    let mut numbers: Vec<u64> = running.begins.try_iter().collect();
    numbers.sort_unstable();
    numbers.dedup();
    kit.assert_eq("the 48 others once each", numbers.len(), 48);
    running.stop(&kit);
}

/// Nor does what has ended before it: a failure would be tried again when the slow job is over. Kills: to give back only what
/// is not begun.
#[test]
fn what_has_ended_before_a_slow_job_is_settled() {
    let kit = testkit::kit!();
    let running = run(&kit, kit.url(), &["default"], 1);
    // Every hundredth and another fail, without a retry.
    let mut jobs: Vec<String> = (0..2_000).map(|number| job("TellWorker", number)).collect();
    jobs.extend([job("GateWorker", 0), job("TellWorker", 1)]);
    let jobs: Vec<&[u8]> = jobs.iter().map(String::as_bytes).collect();
    kit.lpush("queue:default", &jobs);
    kit.eventually("the slow job begins", || running.begins.try_recv().is_ok());
    kit.eventually("all before it are counted", || processed(&kit) == 2_000);
    kit.assert_eq("so are their failures", kit.query::<u64>(&["GET", "stat:failed"]), 40);
    kit.assert_eq("which are in `dead`", kit.query::<u64>(&["ZCARD", "dead"]), 40);
    kit.eventually("the slow job is in flight, alone", || in_flight(&kit) == 1);
    kit.assert_eq("the one behind it waits", kit.list("queue:default").len(), 1);
    running.end.send(()).expect("the job waits");
    kit.eventually("all are performed in the end", || processed(&kit) == 2_002);
    kit.assert_eq("each once", running.told.try_iter().count(), 2_001);
    running.stop(&kit);
}

/// `Claims::turn`, called by hand. Kills: a job that is settled, given back or moved elsewhere while it runs, or counted.
#[test]
fn a_job_that_runs_stays_where_it_is() {
    let kit = testkit::kit!();
    push(&kit, "TellWorker", "default", 0..3);
    let mut claims = claims(&kit.url());
    let jobs = claims.turn(&[], 3).expect("three jobs").jobs;
    let fates = [(jobs[2].clone(), Fate::Back), (jobs[1].clone(), Fate::Running)];
    let none = claims.turn(&fates, 0).expect("a turn").jobs;
    kit.assert_eq("it claims nothing", none.len(), 0);
    let list = "inflight:me:1:abc:0:default";
    kit.assert_eq(
        "the second one is in flight",
        kit.list(list),
        vec![job("TellWorker", 1)],
    );
    kit.assert_eq(
        "the third one is in its queue",
        kit.list("queue:default"),
        vec![job("TellWorker", 2)],
    );
    let queues: Vec<String> = kit.query(&["SMEMBERS", "queues"]);
    kit.assert_eq(
        "Sidekiq's pages show its queue, though somebody may have cleared it",
        queues,
        vec!["default"],
    );
    kit.assert_eq("the first one counts as done", processed(&kit), 1);
    kit.command(&["DEL", list]);
    let fates = [(jobs[1].clone(), Fate::Running)];
    kit.assert("a turn", claims.turn(&fates, 0).is_ok());
    kit.assert_eq("what others have taken away does not come back", in_flight(&kit), 0);
}

/// What Redis holds may be older than what it knew: here, from before a part of the batch went back. Kills: a batch that keeps
/// its number though a part of it went back; the part is in its list again, and would be taken for done.
#[test]
fn what_went_back_is_in_no_older_batch() {
    let kit = testkit::kit!();
    push(&kit, "TellWorker", "default", 0..3);
    let mut claims = claims(&kit.url());
    let jobs = claims.turn(&[], 3).expect("three jobs").jobs;
    let list = "inflight:me:1:abc:0:default";
    let (number, batch): (String, _) = (kit.query(&["GET", "inflight:me:1:abc:0"]), kit.list(list));
    let fates = [
        (jobs[2].clone(), Fate::Back),
        (jobs[1].clone(), Fate::Back),
        (jobs[0].clone(), Fate::Running),
    ];
    kit.assert("two go back", claims.turn(&fates, 0).is_ok());

    kit.command(&["DEL", "queue:default", list]);
    kit.command(&["SET", "inflight:me:1:abc:0", &number]);
    for job in batch.iter().rev() {
        kit.command(&["LPUSH", list, job]);
    }
    let turn = claims.turn(&[], 0);
    kit.assert(&format!("the first one has ended, got {turn:?}"), turn.is_ok());
    kit.assert_eq("nobody performed the others, and none counts", processed(&kit), 0);
    let queue: Vec<String> = (0..3).rev().map(|number| job("TellWorker", number)).collect();
    kit.assert_eq("all are in their queue", kit.list("queue:default"), queue);
}

/// A script is not undone when a command in it fails. Kills: a counter that refuses to count, and takes the rest of the turn
/// with it.
#[test]
fn a_counter_that_cannot_count_costs_no_job() {
    let kit = testkit::kit!();
    for counter in ["stat:processed", "stat:failed"] {
        kit.command(&["SET", counter, "9223372036854775807"]);
    }
    push(&kit, "TellWorker", "default", 0..4);
    let mut claims = claims(&kit.url());
    let jobs = claims.turn(&[], 4).expect("four jobs").jobs;
    let verdict = Verdict::Dead(b"kept".to_vec());
    let fates = [
        (jobs[1].clone(), Fate::Failed(verdict)),
        (jobs[3].clone(), Fate::Back),
        (jobs[2].clone(), Fate::Running),
    ];
    let turn = claims.turn(&fates, 0);
    kit.assert(&format!("the turn goes well, got {turn:?}"), turn.is_ok());
    kit.assert_eq("the one that failed is kept", kit.query::<u64>(&["ZCARD", "dead"]), 1);
    kit.assert_eq(
        "the one that runs is in flight",
        kit.list("inflight:me:1:abc:0:default"),
        vec![job("TellWorker", 2)],
    );
    kit.assert_eq(
        "the one that was not begun is in its queue",
        kit.list("queue:default"),
        vec![job("TellWorker", 3)],
    );
}

/// Whoever writes into `recovered` what is no number must not cost the job. Kills: to compare it after the job was popped.
#[test]
fn a_number_of_deaths_that_is_none_costs_no_job() {
    let kit = testkit::kit!();
    push(&kit, "TellWorker", "default", 0..1);
    kit.command(&["HSET", "recovered", &job("TellWorker", 0), "many"]);
    let turn = claims(&kit.url()).turn(&[], 1);
    kit.assert(
        &format!("the job is claimed, got {turn:?}"),
        turn.is_ok_and(|turn| turn.jobs.len() == 1),
    );
}

/// Puts something else where the queue was, and says how many jobs behind it cannot go back now; then waits until it may end.
/// If there are none any more, or never were, it does nothing.
struct Block {
    connection: Mutex<redis::Connection>,
    blocks: Sender<(usize, Instant)>,
    may_end: Mutex<Receiver<()>>,
}

/// In one step: between two, they might go back.
const BLOCK: &str = "
    for _, list in ipairs(redis.call('KEYS', 'inflight:*:default')) do
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
            .arg((BLOCK, 1, "queue:default", job(Self::CLASS, number)))
            .query(&mut *self.connection.lock().map_err(|_| "poisoned")?)?;
        if behind > 0 {
            self.blocks.send((behind, before))?;
            self.may_end.lock().map_err(|_| "poisoned")?.recv()?;
        }
        Ok(())
    }
}

/// Invariant 6, when Redis refuses for a while. Kills: to try it once, so that what is not begun waits for the slow job; to try it
/// at each look.
#[test]
fn what_could_not_go_back_is_tried_again() {
    let kit = testkit::kit!();
    let ((tell, _told), (blocks, blocked), (end, may_end)) = (channel(), channel(), channel());
    let block = Block {
        connection: Mutex::new(redis_connection(&kit.url()).expect("a Redis")),
        blocks,
        may_end: Mutex::new(may_end),
    };
    let config = Config {
        redis: kit.url(),
        concurrency: 1,
        block: Duration::from_millis(100),
        ..Config::default()
    };
    let mut server = Server::new(config)
        .expect("a URL of a Redis")
        .register(Tell(tell))
        .register(block);
    // On a busy machine one may have none behind it: there is another, after enough quick ones for a large batch.
    for round in 0..20 {
        push(
            &kit,
            "TellWorker",
            "default",
            (0..40).map(|number| (round * 40 + number) * 100),
        );
        push(&kit, "BlockWorker", "default", round..=round);
    }
    let stop = server.stop();
    let task = kit.spawn(move || server.run());
    let (behind, since) = kit.wait_for("a slow job begins that others were claimed with", || {
        blocked.try_recv().ok()
    });
    let tries = || {
        let commands = kit.commands();
        commands
            .iter()
            .skip_while(|command| !command.starts_with("lua: SET \"queue:default\""))
            .filter(|command| command.contains("\"running\""))
            .count()
    };
    kit.eventually("what is behind it is to go back, and it is tried again", || tries() > 1);
    kit.assert("after a while", since.elapsed() > Duration::from_millis(500));
    kit.command(&["DEL", "queue:default"]);
    kit.eventually("all that is behind it is in a queue again", || {
        kit.list("queue:default").len() == behind
    });
    stop.request();
    end.send(()).expect("the job waits");
    kit.assert("run returns Ok(())", task.join("run returns").is_ok());
}

/// How many jobs its thread holds while it runs, itself among them: asked of Redis.
struct Holds(String, Sender<usize>);

impl Worker for Holds {
    const CLASS: &'static str = "HoldsWorker";
    type Args = (u64,);

    fn perform(&self, (milliseconds,): Self::Args, _: &Job) -> Result<(), BoxError> {
        std::thread::sleep(Duration::from_millis(milliseconds));
        let mut connection = redis_connection(&self.0)?;
        let lists: Vec<String> = redis::cmd("KEYS").arg("inflight:*:default").query(&mut connection)?;
        let mut held = 0;
        for list in lists {
            held += redis::cmd("LLEN").arg(list).query::<usize>(&mut connection)?;
        }
        Ok(self.1.send(held)?)
    }
}

fn redis_connection(url: &str) -> redis::RedisResult<redis::Connection> {
    redis::Client::open(url)?.get_connection()
}

/// Invariant 6. Kills: a batch of a fixed size, one that grows whatever the jobs take.
#[test]
fn slow_jobs_are_claimed_one_by_one() {
    let kit = testkit::kit!();
    let (hold, holds) = channel();
    let config = Config {
        redis: kit.url(),
        concurrency: 1,
        batch: 64,
        reconnect: Duration::from_millis(100),
        block: Duration::from_millis(100),
        ..Config::default()
    };
    let server = Server::new(config).expect("a URL of a Redis");
    let mut server = server.register(Holds(kit.url(), hold));
    let stop = server.stop();
    for _ in 0..30 {
        kit.lpush("queue:default", &[br#"{"class":"HoldsWorker","args":[3]}"#]);
    }
    let task = kit.spawn(move || server.run());
    let held: Vec<usize> = (0..30)
        .map(|_| kit.wait_for("each is performed", || holds.try_recv().ok()))
        .collect();
    kit.assert_eq("each was the only one that its thread held", held, vec![1; 30]);
    stop.request();
    kit.assert("run returns Ok(())", task.join("run returns").is_ok());
}

/// The guess was wrong, but not by so much that somebody else would help. Kills: a batch that is performed to its end, however
/// long that takes; an end of it that is lost, performed twice, or turned round.
#[test]
fn a_batch_ends_when_its_time_is_up() {
    let kit = testkit::kit!();
    let ((tell, told), (hold, holds)) = (channel(), channel());
    let config = Config {
        redis: kit.url(),
        concurrency: 1,
        batch: 64,
        block: Duration::from_millis(100),
        ..Config::default()
    };
    let server = Server::new(config).expect("a URL of a Redis");
    let mut server = server.register(Tell(tell)).register(Holds(kit.url(), hold));
    let stop = server.stop();
    for start in [0, 500, 1_000] {
        let quick = (start..start + 500).map(|number| json!({"class": "TellWorker", "args": [number * 100]}));
        let slow = (0..10).map(|_| json!({"class": "HoldsWorker", "args": [3]}));
        let jobs: Vec<String> = quick.chain(slow).map(|job| job.to_string()).collect();
        let jobs: Vec<&[u8]> = jobs.iter().map(String::as_bytes).collect();
        kit.lpush("queue:default", &jobs);
    }
    let task = kit.spawn(move || server.run());
    kit.eventually("all are performed", || processed(&kit) == 1_530);
    let together = holds.try_iter().filter(|held| *held > 1).count();
    kit.assert(
        &format!("only the first of ten slow jobs may have others beside it: three, not {together}"),
        together <= 3,
    );
    let all: Vec<u64> = told.try_iter().collect();
    kit.assert_eq(
        "the quick ones keep their order",
        all,
        (0..1_500).map(|number| number * 100).collect::<Vec<_>>(),
    );
    stop.request();
    kit.assert("run returns Ok(())", task.join("run returns").is_ok());
}

/// Kills: a batch that takes of each queue its share, or that turns the order round.
#[test]
fn a_batch_keeps_the_order() {
    let kit = testkit::kit!();
    push(&kit, "TellWorker", "low", 1_000..1_300);
    push(&kit, "TellWorker", "high", 0..500);
    let running = run(&kit, kit.url(), &["high", "low"], 1);
    kit.eventually("all are performed", || processed(&kit) == 800);
    let all: Vec<u64> = running.told.try_iter().collect();
    let expected: Vec<u64> = (0..500).chain(1_000..1_300).collect();
    kit.assert_eq("one after the other, the urgent ones first", all, expected);
    running.stop(&kit);
}

/// How many to claim next, seen from outside. Kills: growing by one, no limit, a mean that hides one slow job, a batch that
/// grows although its time was up, none at all.
#[test]
fn a_batch_grows_while_its_jobs_are_quick() {
    let kit = testkit::kit!();
    let ms = Duration::from_millis(1);
    let cases = [
        ("one quick job: two", (1, 1, ms / 100, ms / 100), 2),
        ("32 quick jobs: 64", (32, 32, ms / 4, ms / 20), 64),
        ("never more than the most", (48, 48, ms / 4, ms / 20), 64),
        ("one slow job: one", (1, 1, ms * 5, ms * 5), 1),
        ("one slow job among 64: one", (64, 60, ms * 2, ms + ms / 10), 1),
        (
            "the time was up: as many as it sufficed for",
            (64, 20, ms + ms / 100, ms / 10),
            20,
        ),
        ("it nearly was: no more", (16, 16, ms * 9 / 10, ms / 10), 16),
    ];
    for (what, (claimed, begun, took, longest), expected) in cases {
        kit.assert_eq(what, batch::next(claimed, begun, took, longest, 64), expected);
    }
    kit.assert_eq(
        "one at least, though none was begun",
        batch::next(8, 0, ms, Duration::ZERO, 64),
        1,
    );
}

/// The end of a batch that Redis does not take. Kills: a stop that forgets it.
#[test]
fn a_failed_job_that_cannot_be_kept_goes_back_at_a_stop() {
    let kit = testkit::kit!();
    kit.command(&["SET", "retry", "no sorted set"]);
    let running = run(&kit, kit.url(), &["default"], 1);
    let job = json!({"class": "TellWorker", "args": [7]}).to_string();
    kit.lpush("queue:default", &[job.as_bytes()]);
    kit.eventually("the job fails, and Redis refuses its end", || {
        kit.commands().iter().any(|command| command.contains("out of luck"))
    });
    running.stop(&kit);
    kit.assert_eq("the job is in its queue again", kit.list("queue:default"), vec![job]);
}

/// Invariant 2, for many at once. Kills: an order that is turned round, in the answer or in the list; the next ones instead of
/// those that were claimed; nothing, since meanwhile no other is to be begun.
#[test]
fn a_batch_whose_answer_was_lost_is_found_as_it_was() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    push(&kit, "TellWorker", "default", 0..5);
    let mut claims = claims(&proxy.url());
    kit.assert(
        "a turn may claim nothing",
        claims.turn(&[], 0).is_ok_and(|turn| turn.jobs.is_empty()),
    );
    proxy.cut_after_request("inflight:");
    // It may ask again by itself.
    let turn = claims.turn(&[], 3).or_else(|_| claims.turn(&[], 0));
    kit.assert("the answer was lost", proxy.fired());
    let told = format!("then it is there, got {turn:?}");
    let claimed: Vec<_> = turn.map_or_else(|_| Vec::new(), |turn| turn.jobs);
    let claimed: Vec<_> = claimed
        .iter()
        .map(|job| String::from_utf8_lossy(&job.payload))
        .collect();
    kit.assert_eq(
        &told,
        claimed,
        vec![job("TellWorker", 0), job("TellWorker", 1), job("TellWorker", 2)],
    );
    kit.assert_eq(
        "in the list the last one is the first, as they would go back",
        kit.list("inflight:me:1:abc:0:default"),
        vec![job("TellWorker", 2), job("TellWorker", 1), job("TellWorker", 0)],
    );
    kit.assert_eq("two are in their queue", kit.list("queue:default").len(), 2);
}

/// Payloads from elsewhere may be equal; each is a job. Kills: a removal of all that are equal, a failure that settles the
/// whole batch.
#[test]
fn equal_payloads_are_as_many_jobs() {
    let kit = testkit::kit!();
    let payload = job("TellWorker", 0);
    push(&kit, "TellWorker", "default", [0; 4].into_iter());
    let mut claims = claims(&kit.url());
    let claimed = kit.within(Duration::from_secs(10), "two turns end", move || {
        let jobs = claims.turn(&[], 4)?.jobs;
        let (payload, at) = (b"as it is kept".to_vec(), 1_795_454_181.5);
        let fates = [Fate::Failed(Verdict::Retry { payload, at }), Fate::Back];
        let fates: Vec<_> = jobs.iter().cloned().zip(fates).collect();
        claims.turn(&fates, 0).map(|_| jobs.len())
    });
    kit.assert(
        &format!("four are claimed, got {claimed:?}"),
        claimed.is_ok_and(|jobs| jobs == 4),
    );
    kit.assert_eq("one has failed", kit.query::<usize>(&["ZCARD", "retry"]), 1);
    kit.assert_eq("one is back", kit.list("queue:default"), vec![payload]);
    kit.assert_eq("the failed one and two that were done are counted", processed(&kit), 3);
    kit.assert_eq("and one failure", kit.query::<u64>(&["GET", "stat:failed"]), 1);
    kit.assert_eq("nothing is in flight any more", in_flight(&kit), 0);
}
