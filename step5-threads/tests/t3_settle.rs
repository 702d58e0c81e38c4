//! Task 5.3: what becomes of a job in flight.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use sidepunch::connection::Connections;
use sidepunch::{
    BoxError, Claimed, Claims, Config, Error, Fate, Job, Order, Retry, Server, Stop, Verdict, Worker, keys,
};
use testkit::Kit;

/// Ends as it is told: `return` or `fail`; says so before, and with `wait` it waits until it may end.
struct Obey {
    begun: Sender<String>,
    may_end: Mutex<Receiver<()>>,
}

impl Worker for Obey {
    const CLASS: &'static str = "ObeyWorker";
    const RETRY: Retry = Retry::Times(5);
    type Args = (String, bool);

    fn perform(&self, (what, wait): Self::Args, _: &Job) -> Result<(), BoxError> {
        self.begun.send(what.clone())?;
        if wait {
            self.may_end.lock().map_err(|_| "poisoned")?.recv()?;
        }
        if what == "fail" {
            Err("out of luck".into())
        } else {
            Ok(())
        }
    }
}

struct Running {
    begins: Receiver<String>,
    end: Sender<()>,
    stop: Stop,
    task: testkit::Task<Result<(), Error>>,
}

fn run(kit: &Kit, url: String) -> Running {
    let ((begun, begins), (end, may_end)) = (channel(), channel());
    let may_end = Mutex::new(may_end);
    let config = Config {
        redis: url,
        concurrency: 2,
        batch: 1,
        reconnect: Duration::from_millis(100),
        block: Duration::from_millis(100),
        ..Config::default()
    };
    let mut server = Server::new(config)
        .expect("a URL of a Redis")
        .register(Obey { begun, may_end });
    Running {
        begins,
        end,
        stop: server.stop(),
        task: kit.spawn(move || server.run()),
    }
}

impl Running {
    fn stop(self, kit: &Kit) {
        self.stop.request();
        let ended = self.task.join("run returns");
        kit.assert(&format!("run returns Ok(()), got {ended:?}"), ended.is_ok());
    }
}

/// The counters that exist.
fn counters(kit: &Kit) -> Vec<String> {
    kit.keys().into_iter().filter(|key| key.starts_with("stat:")).collect()
}

fn job(what: &str, wait: bool, more: &[(&str, Value)]) -> String {
    let mut job = json!({"class": "ObeyWorker", "args": [what, wait], "jid": "b4a577edbccf1d805744efa9"});
    more.iter().for_each(|(key, value)| job[*key] = value.clone());
    job.to_string()
}

fn push(kit: &Kit, job: &str) {
    kit.lpush("queue:default", &[job.as_bytes()]);
}

/// How many jobs are in flight.
fn in_flight(kit: &Kit) -> usize {
    let keys = kit.keys().into_iter().filter(|key| key.starts_with("inflight:"));
    let lists = keys.filter(|key| kit.query::<String>(&["TYPE", key]) == "list");
    lists.map(|key| kit.list(&key).len()).sum()
}

fn count(kit: &Kit, counter: &str) -> u64 {
    kit.query::<Option<u64>>(&["GET", counter]).unwrap_or_default()
}

fn card(kit: &Kit, set: &str) -> usize {
    kit.query(&["ZCARD", set])
}

/// Invariant 1, and Sidekiq's pages show how many. Kills: a job that stays in flight, a count that is left out, a day by
/// local time or without an end.
#[test]
fn a_job_that_is_done_leaves_and_is_counted() {
    let kit = testkit::kit!();
    let running = run(&kit, kit.url());
    for _ in 0..3 {
        push(&kit, &job("return", false, &[]));
    }
    kit.eventually("three jobs are counted as processed", || {
        count(&kit, "stat:processed") == 3
    });
    kit.assert_eq("nothing is in flight any more", in_flight(&kit), 0);
    kit.assert_eq("none has failed", count(&kit, "stat:failed"), 0);
    let days: Vec<String> = counters(&kit)
        .into_iter()
        .filter(|key| key.starts_with("stat:processed:"))
        .collect();
    let now: (f64, f64) = kit.query(&["TIME"]);
    // It may be past midnight by now.
    let names = [now.0, now.0 - 60.0].map(|time| keys::of_day(keys::PROCESSED, time));
    kit.assert(
        &format!("the day is named as {}, got {days:?}", names[0]),
        days.iter().all(|day| names.contains(day)),
    );
    let days_count: u64 = days.iter().map(|day| count(&kit, day)).sum();
    kit.assert_eq("they are counted by the day, too", days_count, 3);
    for day in &days {
        let left: i64 = kit.query(&["TTL", day]);
        let told = format!("{day} is kept for five years (157,680,000 s), got {left}");
        kit.assert(&told, (157_679_000..=157_680_000).contains(&left));
    }
    kit.assert_eq(
        "the total is kept for ever",
        kit.query::<i64>(&["TTL", "stat:processed"]),
        -1,
    );
    running.stop(&kit);
}

/// Invariant 1. Kills: a failure that leaves a copy in flight, one that is not counted, `failed` without `processed`.
#[test]
fn a_job_that_fails_leaves_for_retry_and_is_counted_twice() {
    let kit = testkit::kit!();
    let running = run(&kit, kit.url());
    push(&kit, &job("fail", false, &[]));
    kit.eventually("it waits in `retry`", || card(&kit, "retry") == 1);
    kit.assert_eq("nothing is in flight any more", in_flight(&kit), 0);
    kit.assert_eq("it was processed", count(&kit, "stat:processed"), 1);
    kit.assert_eq("and has failed", count(&kit, "stat:failed"), 1);
    let days = counters(&kit)
        .into_iter()
        .filter(|key| key.starts_with("stat:failed:"))
        .count();
    kit.assert_eq("also on this day", days, 1);
    running.stop(&kit);
}

/// Kills: a dead set that keeps all, one that keeps what is 180 days old.
#[test]
fn a_job_that_dies_makes_room_in_the_dead_set() {
    let kit = testkit::kit!();
    let now: (f64, f64) = kit.query(&["TIME"]);
    let mut fill = vec!["ZADD".to_owned(), "dead".to_owned()];
    for number in 0..10_000 {
        fill.extend([
            (now.0 - 1_000.0 + f64::from(number) / 100.0).to_string(),
            number.to_string(),
        ]);
    }
    fill.extend([(now.0 - 181.0 * 86_400.0).to_string(), "old".to_owned()]);
    kit.command(&fill);
    let running = run(&kit, kit.url());
    push(&kit, &job("fail", false, &[("retry", 0.into())]));
    push(&kit, "not a job");
    kit.eventually("both deaths are counted", || count(&kit, "stat:failed") == 2);
    kit.assert_eq("the newest 10,000 are kept", card(&kit, "dead"), 10_000);
    let rank = |member: &str| kit.query::<Option<u64>>(&["ZRANK", "dead", member]);
    kit.assert_eq("what died 181 days ago is gone", rank("old"), None);
    kit.assert(
        "so are the two oldest others",
        rank("1").is_none() && rank("2").is_some(),
    );
    kit.assert("what is no job is kept, byte for byte", rank("not a job").is_some());
    kit.assert_eq("nothing is in flight any more", in_flight(&kit), 0);
    // Where there is room enough, it is the age alone that counts.
    kit.command(&["DEL", "dead"]);
    for (days, member) in [(181.0, "too old"), (179.0, "not too old")] {
        kit.command(&["ZADD", "dead", &(now.0 - days * 86_400.0).to_string(), member]);
    }
    push(&kit, "not a job");
    kit.eventually("the third death is counted", || count(&kit, "stat:failed") == 3);
    kit.assert_eq("what died 181 days ago is gone", rank("too old"), None);
    kit.assert_eq("what died 179 days ago is kept", rank("not too old"), Some(0));
    running.stop(&kit);
}

/// `retry: false` says: forget it. Kills: a job that stays in flight since it goes nowhere.
#[test]
fn a_job_that_is_dropped_leaves_nothing() {
    let kit = testkit::kit!();
    let running = run(&kit, kit.url());
    push(&kit, &job("fail", false, &[("retry", false.into())]));
    kit.eventually("its failure is counted", || count(&kit, "stat:failed") == 1);
    kit.assert_eq("nothing is in flight any more", in_flight(&kit), 0);
    kit.assert_eq("nor anywhere else", card(&kit, "retry") + card(&kit, "dead"), 0);
    running.stop(&kit);
}

/// Invariant 2. Redis has done it, and the answer is lost. Kills: counting it again, adding it again, a job performed again
/// though it was settled.
#[test]
fn what_was_settled_once_is_not_settled_again() {
    for what in ["return", "fail"] {
        let kit = testkit::kit!();
        let proxy = kit.proxy();
        let running = run(&kit, proxy.url());
        push(&kit, &job(what, true, &[]));
        kit.eventually("the job begins", || running.begins.try_recv().is_ok());
        proxy.hold_replies();
        running.end.send(()).expect("the job waits");
        kit.eventually("the job has left", || {
            in_flight(&kit) == 0 && count(&kit, "stat:processed") > 0
        });
        proxy.cut();
        proxy.release_replies();
        // Whatever it does twice, it does before it performs the next.
        push(&kit, &job("next", false, &[]));
        kit.eventually("the next job is performed", || {
            running.begins.try_recv().as_deref() == Ok("next")
        });
        kit.eventually("and settled", || in_flight(&kit) == 0);
        kit.assert_eq("each was counted once", count(&kit, "stat:processed"), 2);
        kit.assert_eq(
            "and a failure once",
            count(&kit, "stat:failed"),
            u64::from(what == "fail"),
        );
        kit.assert_eq(
            "it waits in `retry` once",
            card(&kit, "retry"),
            usize::from(what == "fail"),
        );
        running.stop(&kit);
    }
}

/// Invariant 4. A process was thought dead, and others have taken its job; now it wakes, and the job ends. Kills: settling
/// what it no longer holds: a job that another performs would be counted twice, and retried though it was done.
#[test]
fn what_is_no_longer_held_is_not_settled() {
    for what in ["return", "fail"] {
        let kit = testkit::kit!();
        let running = run(&kit, kit.url());
        push(&kit, &job(what, true, &[]));
        kit.eventually("the job begins", || running.begins.try_recv().is_ok());
        let lists: Vec<String> = kit
            .keys()
            .into_iter()
            .filter(|key| key.starts_with("inflight:"))
            .collect();
        lists.iter().for_each(|list| drop(kit.command(&["DEL", list])));
        running.end.send(()).expect("the job waits");
        push(&kit, &job("next", false, &[]));
        kit.eventually("it goes on with the next job", || {
            running.begins.try_recv().as_deref() == Ok("next")
        });
        kit.eventually("which is counted", || count(&kit, "stat:processed") > 0);
        running.stop(&kit);
        kit.assert_eq("but not the one that was taken away", count(&kit, "stat:processed"), 1);
        kit.assert_eq("nor its failure", count(&kit, "stat:failed"), 0);
        kit.assert_eq("it does not come back", card(&kit, "retry"), 0);
    }
}

/// A script or a MULTI is not undone when a command in it fails. Kills: a removal before it is known that the job can be
/// put elsewhere.
#[test]
fn what_cannot_be_kept_elsewhere_stays_in_flight() {
    for (set, retries) in [("retry", 5), ("dead", 0)] {
        let kit = testkit::kit!();
        kit.command(&["SET", set, "no sorted set"]);
        let running = run(&kit, kit.url());
        push(&kit, &job("fail", false, &[("retry", retries.into())]));
        kit.eventually("the job fails", || running.begins.try_recv().is_ok());
        push(&kit, &job("next", false, &[]));
        kit.eventually("another job is performed meanwhile", || {
            running.begins.try_recv().as_deref() == Ok("next")
        });
        kit.eventually("and settled, so what is left in flight is the first", || {
            in_flight(&kit) == 1
        });
        kit.command(&["DEL", set]);
        kit.eventually(&format!("once it can be, it is kept in `{set}`"), || {
            card(&kit, set) == 1
        });
        kit.assert_eq("and nowhere else", in_flight(&kit), 0);
        running.stop(&kit);
    }
}

/// Invariant 1, under pressure. Kills: a settlement whose first write adds something, so that a full Redis refuses it.
#[test]
fn a_full_redis_is_drained_and_failures_are_kept() {
    let kit = testkit::kit!(own);
    for what in ["return", "fail", "return"] {
        push(&kit, &job(what, false, &[]));
    }
    kit.command(&["CONFIG", "SET", "maxmemory", "1"]);
    let running = run(&kit, kit.url());
    kit.eventually("all are performed and counted", || count(&kit, "stat:processed") == 3);
    kit.assert_eq("the failed one waits in `retry`", card(&kit, "retry"), 1);
    kit.assert_eq("nothing is in flight", in_flight(&kit), 0);
    kit.command(&["CONFIG", "SET", "maxmemory", "0"]);
    running.stop(&kit);
}

/// A job in the list of this process's thread, as a claim leaves it, and its failure.
fn failed(kit: &Kit, list: &str) -> (Arc<Claimed>, Fate) {
    let payload = job("fail", false, &[]);
    kit.command(&["LPUSH", list, &payload]);
    let claimed = Claimed {
        queue: "default".into(),
        payload: payload.into_bytes(),
        waited: list.contains("-waits:"),
    };
    let verdict = Verdict::Retry {
        payload: b"as it is kept".to_vec(),
        at: 1_795_454_181.5,
    };
    (Arc::new(claimed), Fate::Failed(verdict))
}

/// `Claims::turn`, called by hand. Kills: a verdict that is decided anew, a look into the thread's own list only.
#[test]
fn a_turn_obeys_the_verdict() {
    let kit = testkit::kit!();
    let connections = Arc::new(Connections::new(&kit.url()).expect("a URL of a Redis"));
    for holder in ["0", "0-waits"] {
        let identity = format!("me:1:of-{holder}");
        let fates = vec![failed(&kit, &format!("inflight:{identity}:{holder}:default"))];
        let connections = connections.clone();
        let turn = kit.within(Duration::from_secs(10), "a turn ends", move || {
            let mut claims = Claims::new(&Config::default(), connections, &identity, 0);
            claims.turn(&fates, 0).map(|turn| turn.jobs.len())
        });
        kit.assert(
            &format!("it claims nothing, got {turn:?}"),
            turn.is_ok_and(|jobs| jobs == 0),
        );
        let retry: Vec<(String, f64)> = kit.query(&["ZRANGE", "retry", "0", "-1", "WITHSCORES"]);
        kit.assert_eq(
            "the job waits as it was decided",
            retry,
            vec![("as it is kept".to_owned(), 1_795_454_181.5)],
        );
        kit.assert_eq(&format!("it has left the list of {holder}"), in_flight(&kit), 0);
        kit.command(&["DEL", "retry"]);
    }
    kit.assert_eq("both are counted", count(&kit, "stat:failed"), 2);
}

/// `Claims::turn`, called by hand: others have taken what the thread was brought while it waited. Invariant 4. Kills: a count of
/// the fates, not of what leaves.
#[test]
fn what_a_wait_brought_is_counted_if_it_is_still_held() {
    let kit = testkit::kit!();
    let connections = Arc::new(Connections::new(&kit.url()).expect("a URL of a Redis"));
    let (claimed, _) = failed(&kit, "inflight:me:1:abc:0-waits:default");
    let mut claims = Claims::new(&Config::default(), connections, "me:1:abc", 0);
    kit.command(&["DEL", "inflight:me:1:abc:0-waits:default"]);
    let turn = claims.turn(&[(claimed.clone(), Fate::Done)], 0);
    kit.assert(&format!("a turn ends, got {turn:?}"), turn.is_ok());
    kit.assert_eq(
        "one that is not there any more is not counted",
        count(&kit, "stat:processed"),
        0,
    );
    kit.lpush("inflight:me:1:abc:0-waits:default", &[&claimed.payload]);
    let turn = claims.turn(&[(claimed, Fate::Done)], 0);
    kit.assert(&format!("another ends, got {turn:?}"), turn.is_ok());
    kit.assert_eq("one that is there is", count(&kit, "stat:processed"), 1);
    kit.assert_eq("and does not go back", kit.list("queue:default").len(), 0);
}

/// `Claims::turn`, called by hand. Kills: a removal before it is known that the job can go back.
#[test]
fn what_cannot_go_back_stays_in_flight() {
    let kit = testkit::kit!();
    let connections = Arc::new(Connections::new(&kit.url()).expect("a URL of a Redis"));
    kit.command(&["SET", "queue:default", "no list"]);
    for holder in ["0", "0-waits"] {
        let identity = format!("me:1:of-{holder}");
        let list = format!("inflight:{identity}:{holder}:default");
        let (claimed, _) = failed(&kit, &list);
        let mut claims = Claims::new(&Config::default(), connections.clone(), &identity, 0);
        let turn = claims.turn(&[(claimed, Fate::Back)], 0);
        kit.assert(&format!("Redis refuses it, got {turn:?}"), turn.is_err());
        kit.assert_eq(&format!("the job is still in {list}"), kit.list(&list).len(), 1);
    }
}

/// `Claims::turn`, called by hand: a script that has begun to write is not undone. Kills: a turn that settles some, finds that
/// another cannot be, and does not know of the first when it is repeated.
#[test]
fn what_is_settled_beside_one_that_cannot_be_is_counted() {
    let kit = testkit::kit!();
    let connections = Arc::new(Connections::new(&kit.url()).expect("a URL of a Redis"));
    let list = "inflight:me:1:abc:0:default";
    let (dead, [retry, back]) = (failed(&kit, list).0, [0, 1].map(|_| failed(&kit, list)));
    let fates = vec![
        retry,
        (dead, Fate::Failed(Verdict::Dead(b"as it is kept".to_vec()))),
        (back.0, Fate::Back),
    ];
    let mut claims = Claims::new(&Config::default(), connections, "me:1:abc", 0);
    for wrong in ["dead", "queue:default"] {
        kit.command(&["SET", wrong, "of another type"]);
        let turn = claims.turn(&fates, 0);
        kit.assert(&format!("Redis refuses it, got {turn:?}"), turn.is_err());
        kit.command(&["DEL", wrong]);
    }
    let turn = claims.turn(&fates, 0);
    kit.assert(&format!("then it can be done, got {turn:?}"), turn.is_ok());
    kit.assert_eq("both that failed are counted", count(&kit, "stat:failed"), 2);
    kit.assert_eq(
        "each is where it belongs",
        (card(&kit, "retry"), card(&kit, "dead")),
        (1, 1),
    );
    kit.assert_eq("the third is in its queue", kit.list("queue:default").len(), 1);
    kit.assert_eq("nothing is in flight", in_flight(&kit), 0);
}

/// A connection that was given up may still bring what it was sent: a turn that was repeated elsewhere since, and overtaken by
/// the next. Kills: jobs that nobody knows of, and that the next turn takes for done.
#[test]
fn a_turn_that_comes_late_claims_nothing() {
    let kit = testkit::kit!();
    (0..4).for_each(|_| push(&kit, &job("return", false, &[])));
    let connections = Arc::new(Connections::new(&kit.url()).expect("a URL of a Redis"));
    let [mut claims, mut late] = [0, 1].map(|_| Claims::new(&Config::default(), connections.clone(), "me:1:abc", 0));
    let mut turns = (0..2).map(|_| claims.turn(&[], 1));
    kit.assert(
        "two turns claim a job each",
        turns.all(|turn| turn.is_ok_and(|turn| turn.jobs.len() == 1)),
    );
    let turn = late.turn(&[], 1);
    kit.assert(
        &format!("one from before the second claims nothing, got {turn:?}"),
        turn.is_ok_and(|turn| turn.jobs.is_empty()),
    );
    kit.assert_eq(
        "the second one's job is in flight, alone",
        kit.list("inflight:me:1:abc:0:default").len(),
        1,
    );
    kit.assert_eq("two are in their queue", kit.list("queue:default").len(), 2);
}

/// A server whose threads wait for two queues, of which one thread may perform a job at a time.
fn run_two_queues(kit: &Kit) -> Running {
    let ((begun, begins), (end, may_end)) = (channel(), channel());
    let may_end = Mutex::new(may_end);
    let config = Config {
        redis: kit.url(),
        queues: Order {
            queues: vec![("a".into(), 1), ("b".into(), 1)],
            weighted: false,
        },
        concurrency: 1,
        batch: 1,
        block: Duration::from_secs(1),
        ..Config::default()
    };
    let mut server = Server::new(config)
        .expect("a URL of a Redis")
        .register(Obey { begun, may_end });
    Running {
        begins,
        end,
        stop: server.stop(),
        task: kit.spawn(move || server.run()),
    }
}

/// Redis closes connections that were idle for its `timeout`, as one is while a job runs. Kills: to take that for an outage, and
/// to leave without telling what became of the job.
#[test]
fn a_job_that_ends_after_its_connection_is_settled_by_a_stop() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let running = run(&kit, proxy.url());
    push(&kit, &job("fail", true, &[]));
    kit.eventually("the job begins", || running.begins.try_recv().is_ok());
    running.stop.request();
    proxy.cut();
    running.end.send(()).expect("the job waits");
    running.stop(&kit);
    kit.assert_eq("the job does not go back", kit.list("queue:default").len(), 0);
    let failed: Option<u64> = kit.query(&["GET", "stat:failed"]);
    kit.assert_eq("it has failed, and counts", failed, Some(1));
}

/// It comes late, and nobody has overtaken it: the thread that sent it waits, and has no place to perform what it claims.
/// Kills: an answer that is thrown away, with the job in it, which the next turn takes for done.
#[test]
fn a_turn_that_was_taken_for_lost_loses_no_job() {
    let kit = testkit::kit!();
    let running = run_two_queues(&kit);
    kit.eventually("a thread waits for each queue", || kit.blocked() == 2);
    let waits = || {
        let commands = kit.commands().into_iter();
        commands
            .filter(|command| command.starts_with("BLMOVE") && command.contains("queue:b"))
            .count()
    };
    let before = waits();
    kit.eventually("one begins to wait for the second", || waits() > before);
    kit.lpush("queue:a", &[job("return", true, &[]).as_bytes()]);
    kit.eventually("the only place is taken", || running.begins.try_recv().is_ok());
    let own = kit.query::<Vec<String>>(&["ZRANGE", "leases", "0", "-1"]).remove(0);
    let lists = kit.keys().into_iter();
    let busy = lists.filter_map(|key| key.strip_prefix(&format!("inflight:{own}:"))?.chars().next());
    let busy: Vec<char> = busy.collect();
    let late: Vec<char> = "012".chars().filter(|thread| !busy.contains(thread)).collect();
    kit.assert_eq("two others are idle", late.len(), 2);
    // What the turn of each of them does, when it comes now.
    for thread in &late {
        let number = format!("inflight:{own}:{thread}");
        let job = job(&format!("late {thread}"), false, &[]);
        kit.command(&["LPUSH", &format!("{number}:b"), &job]);
        kit.command(&["INCR", &number]);
    }
    let turns = || {
        let commands = kit.commands();
        let turns = |thread: &char| {
            let list = format!("\"inflight:{own}:{thread}:b\"");
            let own = |command: &&String| !command.starts_with("lua") && command.contains(&list);
            commands.iter().filter(own).count()
        };
        late.iter().map(turns).collect::<Vec<_>>()
    };
    let before = turns();
    kit.eventually("the one that waited has had a turn", || turns() != before);
    running.end.send(()).expect("the job waits");
    let before = turns();
    kit.eventually("each has another turn", || {
        for queue in ["queue:a", "queue:b"] {
            kit.lpush(queue, &[job("return", false, &[]).as_bytes()]);
        }
        turns().iter().zip(&before).all(|(now, before)| now > before)
    });
    running.stop.request();
    let ended = running.task.join("run returns");
    kit.assert(&format!("run returns Ok(()), got {ended:?}"), ended.is_ok());
    let mut all: Vec<String> = running.begins.try_iter().collect();
    all.extend(kit.list("queue:b"));
    for thread in late {
        let found = all.iter().any(|job| job.contains(&format!("late {thread}")));
        kit.assert(
            &format!("the job of thread {thread} is performed, or in its queue: {all:?}"),
            found,
        );
    }
}

/// A crash, a failover: Redis may lose what it knew last, and hold again what was settled. Kills: an old batch that is taken
/// for done, though nothing is left of how its jobs ended.
#[test]
fn what_redis_holds_again_is_not_taken_for_done() {
    let kit = testkit::kit!();
    let connections = Arc::new(Connections::new(&kit.url()).expect("a URL of a Redis"));
    let mut claims = Claims::new(&Config::default(), connections, "me:1:abc", 0);
    push(&kit, &job("first", false, &[]));
    let mut turn = |fates: &[_], want, sentence: &str| match claims.turn(fates, want) {
        Ok(turn) => turn.jobs,
        Err(error) => kit.fail(&format!("{sentence}, got {error}")),
    };
    let first = turn(&[], 1, "the first job is claimed");
    let mut redis = kit.redis();
    let mut dump = |key: &str| -> Vec<u8> { redis::cmd("DUMP").arg(key).query(&mut redis).expect("a key") };
    let saved: Vec<(String, Vec<u8>)> = kit.keys().into_iter().map(|key| (key.clone(), dump(&key))).collect();
    let verdict = Verdict::Retry {
        payload: b"as it is kept".to_vec(),
        at: 1_795_454_181.5,
    };
    push(&kit, &job("second", false, &[]));
    let second = turn(
        &[(first[0].clone(), Fate::Failed(verdict))],
        1,
        "it fails, and the second one is claimed",
    );
    kit.assert_eq("the second one is claimed", second.len(), 1);
    kit.keys().iter().for_each(|key| drop(kit.command(&["DEL", key])));
    for (key, value) in saved {
        let mut restore = redis::cmd("RESTORE");
        restore
            .arg(key)
            .arg(0)
            .arg(value)
            .exec(&mut redis)
            .expect("it is restored");
    }
    turn(&[], 0, "the second one is settled");
    let queues = kit.list("queue:default").len();
    kit.assert_eq(
        "the first job is in its queue or in flight",
        queues + in_flight(&kit),
        1,
    );
    kit.assert_eq("it does not count as done", count(&kit, "stat:processed"), 0);
}

/// Nobody looks for what a process holds that has no lease. Kills: a wait that claims without one.
#[test]
fn whoever_waits_has_a_lease() {
    let kit = testkit::kit!();
    let config = Config {
        redis: kit.url(),
        batch: 1,
        // Nobody renews it meanwhile.
        lease: Duration::from_secs(300),
        beat: Duration::from_secs(60),
        block: Duration::from_millis(100),
        ..Config::default()
    };
    let mut server = Server::new(config).expect("a URL of a Redis");
    let stop = server.stop();
    let task = kit.spawn(move || server.run());
    kit.eventually("it waits for jobs in Redis", || kit.blocked() > 0);
    // The heart renews it first.
    kit.eventually("its heart beats", || kit.query::<usize>(&["SCARD", "processes"]) == 1);
    kit.command(&["DEL", "leases"]);
    kit.eventually("the next wait takes a lease", || card(&kit, "leases") == 1);
    stop.request();
    kit.assert("run returns Ok(())", task.join("run returns").is_ok());
}

/// A stop waits for the jobs at hand, and no longer. Kills: an end of the thread that does not settle its last job.
#[test]
fn a_stop_settles_the_jobs_at_hand() {
    let kit = testkit::kit!();
    let running = run(&kit, kit.url());
    for what in ["fail", "return"] {
        push(&kit, &job(what, true, &[]));
        kit.eventually("the job begins", || running.begins.try_recv().is_ok());
    }
    running.stop.request();
    kit.assert("while they run, run does not return", !running.task.is_finished());
    for _ in 0..2 {
        running.end.send(()).expect("the jobs wait");
    }
    running.stop(&kit);
    kit.assert_eq("both were counted", count(&kit, "stat:processed"), 2);
    kit.assert_eq("the failed one waits in `retry`", card(&kit, "retry"), 1);
    let left = kit.keys().into_iter().filter(|key| key.starts_with("inflight:"));
    kit.assert_eq("nothing is in flight any more", left.count(), 0);
}

/// `Claims::turn`, called by hand, then in the program. Kills: an error that ends the turn, so that the other queues wait; one
/// that is dropped.
#[test]
fn a_queue_that_cannot_be_popped_is_told_and_keeps_no_other() {
    let kit = testkit::kit!();
    kit.command(&["SET", "queue:broken", "no list"]);
    kit.lpush("queue:default", &[br#"{"class":"SlowWorker","args":[1]}"#]);
    let connections = Arc::new(Connections::new(&kit.url()).expect("a URL of a Redis"));
    let config = Config {
        queues: Order::parse(&["broken", "default"]).expect("two queues"),
        ..Config::default()
    };
    let mut claims = Claims::new(&config, connections, "me:1:abc", 0);
    let (jobs, refused) = claims.turn(&[], 1).map_or_else(
        |error| (0, Some(error.to_string())),
        |turn| (turn.jobs.len(), turn.refused),
    );
    kit.assert_eq("the job of the other queue is claimed", jobs, 1);
    kit.assert(
        &format!("`refused` holds Redis's words, got {refused:?}"),
        refused.is_some_and(|words| words.contains("WRONGTYPE")),
    );
    let settled = claims.turn(&[], 0);
    kit.assert(&format!("it is settled, got {settled:?}"), settled.is_ok());

    let program = kit.start(&["work", "-c", "1", "-q", "broken", "-q", "default"]);
    let told = |text: &str| program.stderr().matches(text).count();
    for times in 1..3 {
        kit.command(&["SET", "queue:broken", "no list"]);
        kit.lpush("queue:default", &[br#"{"class":"SlowWorker","args":[1]}"#]);
        kit.eventually("the job of the other queue is performed", || told(" done") == times);
        kit.eventually("it is told what Redis says", || told("WRONGTYPE") == times);
        kit.command(&["DEL", "queue:broken"]);
        kit.eventually("and when that is over", || told("popped again") == times);
    }
}

/// Kills: a log of each refusal, one of the end of what did not begin, an end that is told while the queue was not asked.
#[test]
fn a_queue_that_cannot_be_popped_is_logged_once() {
    let kit = testkit::kit!();
    kit.command(&["SET", "queue:broken", "no list"]);
    let program = kit.start(&["work", "-c", "1", "-q", "default", "-q", "broken"]);
    let told = |text: &str| program.stderr().matches(text).count();
    kit.eventually("it is told", || told("cannot be popped") > 0);
    let slow: Vec<String> = (0..5)
        .map(|_| r#"{"class":"SlowWorker","args":[1]}"#.to_owned())
        .collect();
    let slow: Vec<&[u8]> = slow.iter().map(String::as_bytes).collect();
    for round in 1..3 {
        kit.lpush("queue:default", &slow);
        kit.eventually("the others are performed", || {
            count(&kit, "stat:processed") == 5 * round
        });
    }
    kit.assert_eq("it was told once", told("cannot be popped"), 1);
    kit.assert_eq("and is not over", told("can be popped again"), 0);
    kit.command(&["DEL", "queue:broken"]);
    kit.eventually("its end is told", || told("can be popped again") > 0);
    kit.lpush("queue:default", &slow);
    kit.eventually("the others are performed", || count(&kit, "stat:processed") == 15);
    kit.assert_eq("that, too, once", told("can be popped again"), 1);
}
