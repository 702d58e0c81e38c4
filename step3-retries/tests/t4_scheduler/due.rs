//! `SortedSets::enqueue_due`, called by hand.

use std::sync::Arc;

use serde_json::{Value, json};
use sidepunch::connection::Connections;
use sidepunch::{Error, SortedSets};
use testkit::Kit;

const NOW: f64 = 1_795_454_181.25;

fn sets(url: &str) -> SortedSets {
    SortedSets::new(Arc::new(Connections::new(url).expect("a URL of a Redis")))
}

/// Moves until nothing is moved any more; how many jobs that were.
fn enqueue_due(kit: &Kit, sets: &SortedSets) -> usize {
    let mut all = 0;
    loop {
        match sets.enqueue_due(NOW) {
            Ok(0) => return all,
            Ok(moved) => all += moved,
            Err(error) => kit.fail(&format!("Redis is there, and `enqueue_due` returned an error: {error}")),
        }
    }
}

fn add(kit: &Kit, set: &str, at: f64, payload: &[u8]) {
    kit.command(&[b"ZADD", set.as_bytes(), at.to_string().as_bytes(), payload]);
}

fn card(kit: &Kit, set: &str) -> usize {
    kit.query(&["ZCARD", set])
}

/// Kills: a move that decodes and encodes (in the program or in Lua), an `enqueued_at` that is missing, old, an integer,
/// or local time; a list without its name in `queues`.
#[test]
fn a_due_job_moves_with_a_new_time_and_all_else_as_it_was() {
    let kit = testkit::kit!();
    let before = r#""retry":true,"queue":"mailers","class":"A","args":[1e2,"\u00e9\ud800\/",18446744073709551617,1.0,[],{"b":1,"a":{}}],"jid":"b4a577edbccf1d805744efa9","created_at":1700000000123,"retry_count":0,"failed_at":1795454161.5"#;
    for set in ["retry", "schedule"] {
        add(
            &kit,
            set,
            NOW - 1.0,
            format!("{{{before},\"error_class\":\"{set}\"}}").as_bytes(),
        );
    }
    kit.assert_eq("two jobs were moved", enqueue_due(&kit, &sets(&kit.url())), 2);
    let list = kit.list("queue:mailers");
    kit.assert_eq("both are in the queue that they name", list.len(), 2);
    for set in ["retry", "schedule"] {
        kit.assert_eq(&format!("`{set}` is empty"), card(&kit, set), 0);
        let expected = format!("{{{before},\"error_class\":\"{set}\",\"enqueued_at\":1795454181.25}}");
        kit.assert(
            &format!("the job of `{set}` has enqueued_at now, a float\n  expected: {expected}\n  the queue: {list:?}"),
            list.contains(&expected),
        );
    }
    let queues: Vec<String> = kit.query(&["SMEMBERS", "queues"]);
    kit.assert_eq("the queue is known", queues, vec!["mailers"]);
}

/// Kills: an `enqueued_at` that is there twice, or keeps its old value.
#[test]
fn a_retry_is_enqueued_anew() {
    let kit = testkit::kit!();
    let job = r#"{"class":"A","args":[],"enqueued_at":1700000000.5,"jid":"abc","queue":"default"}"#;
    add(&kit, "retry", NOW - 1.0, job.as_bytes());
    enqueue_due(&kit, &sets(&kit.url()));
    kit.assert_eq(
        "enqueued_at is now, in its old place",
        kit.list("queue:default"),
        vec![job.replace("1700000000.5", "1795454181.25")],
    );
}

/// Python writes a space behind each colon. Kills: to remove what was read and written again, which is not in the set; the
/// job would be due for ever.
#[test]
fn what_is_removed_is_what_was_read() {
    let kit = testkit::kit!();
    let job = br#"{"class": "A", "args": [1, 2], "queue": "default"}"#;
    add(&kit, "retry", NOW - 1.0, job);
    kit.assert_eq("one job was moved", enqueue_due(&kit, &sets(&kit.url())), 1);
    kit.assert_eq("it is in its queue", kit.list("queue:default").len(), 1);
    kit.assert_eq("`retry` is empty", card(&kit, "retry"), 0);
}

/// Kills: moving all, moving what is due only after its time, a queue that comes from elsewhere.
#[test]
fn what_is_not_due_stays() {
    let kit = testkit::kit!();
    for (at, jid) in [
        (NOW - 0.001, "due"),
        (NOW, "just due"),
        (NOW + 0.001, "soon"),
        (NOW + 1e9, "later"),
    ] {
        for set in ["retry", "schedule"] {
            let job = json!({"class": "A", "args": [set], "jid": jid}).to_string();
            add(&kit, set, at, job.as_bytes());
        }
    }
    kit.assert_eq("four jobs were due", enqueue_due(&kit, &sets(&kit.url())), 4);
    for set in ["retry", "schedule"] {
        kit.assert_eq(&format!("two jobs of `{set}` stay"), card(&kit, set), 2);
    }
    kit.assert_eq(
        "a job that names no queue goes to the default one",
        kit.list("queue:default").len(),
        4,
    );
    kit.assert_eq("nothing more is due", enqueue_due(&kit, &sets(&kit.url())), 0);
}

/// Whoever has waited longest is performed first. Kills: RPUSH, the latest first.
#[test]
fn the_earliest_is_the_next_to_be_performed() {
    let kit = testkit::kit!();
    for number in 0..250 {
        let job = json!({"class": "A", "args": [number]}).to_string();
        add(&kit, "schedule", NOW - 1_000.0 + f64::from(number), job.as_bytes());
    }
    enqueue_due(&kit, &sets(&kit.url()));
    let order: Vec<Value> = kit
        .list("queue:default")
        .iter()
        .rev()
        .map(|job| serde_json::from_str::<Value>(job).expect("it is JSON")["args"][0].clone())
        .collect();
    kit.assert_eq(
        "from the tail on, in the order of their times",
        order,
        (0..250).map(Value::from).collect::<Vec<_>>(),
    );
}

/// Nobody could read a queue without a name. Kills: a push to `queue:`.
#[test]
fn a_queue_without_a_name_is_the_default_one() {
    let kit = testkit::kit!();
    for queue in [json!(""), json!(7), json!(null)] {
        let job = json!({"class": "A", "args": [queue.clone()], "queue": queue});
        add(&kit, "retry", NOW, job.to_string().as_bytes());
    }
    enqueue_due(&kit, &sets(&kit.url()));
    kit.assert_eq("all three are in the default queue", kit.list("queue:default").len(), 3);
    kit.assert_eq("and nowhere else", kit.keys(), vec!["queue:default", "queues"]);
}

/// A member that is no job would be due for ever, and in the way. Kills: a parse error that ends the move.
#[test]
fn what_is_no_job_is_given_up() {
    let kit = testkit::kit!();
    let bad: [&[u8]; 4] = [b"not json", b"\xff\xfe", b"{\"class\":1}", b""];
    for (number, bad) in bad.iter().enumerate() {
        add(&kit, "retry", NOW - 100.0 + number as f64, bad);
    }
    add(&kit, "retry", NOW - 1.0, br#"{"class":"A","args":[]}"#);
    kit.assert_eq("five members are moved", enqueue_due(&kit, &sets(&kit.url())), 5);
    kit.assert_eq("the good job behind them is moved", kit.list("queue:default").len(), 1);
    let told = |bad: &[u8], at: f64| format!("{} at {at}", bad.escape_ascii());
    let dead: Vec<(Vec<u8>, f64)> = kit.query(&["ZRANGE", "dead", "0", "-1", "WITHSCORES"]);
    let mut dead: Vec<_> = dead.iter().map(|(dead, at)| told(dead, *at)).collect();
    dead.sort();
    let mut expected: Vec<_> = bad.iter().map(|bad| told(bad, NOW)).collect();
    expected.sort();
    kit.assert_eq("the bad ones are in `dead`, byte for byte", dead, expected);
    kit.assert_eq("`retry` is empty", card(&kit, "retry"), 0);
}

/// Invariant 1. Kills: ZRANGEBYSCORE and LPUSH without asking who removed the job.
#[test]
fn two_that_look_at_once_move_a_job_once() {
    let kit = testkit::kit!();
    for number in 0..1_000 {
        let job = json!({"class": "A", "args": [number]}).to_string();
        add(&kit, "schedule", NOW - 1_000.0, job.as_bytes());
    }
    let sets = sets(&kit.url());
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let sets = sets.clone();
            kit.spawn(move || {
                let mut all = 0;
                // Another may just have moved what this one found: there is an end when nothing is found.
                for _ in 0..1_000 {
                    all += sets.enqueue_due(NOW).expect("Redis is there");
                }
                all
            })
        })
        .collect();
    kit.eventually("all are moved", || card(&kit, "schedule") == 0);
    let mut list = kit.list("queue:default");
    let moved = list.len();
    list.sort();
    list.dedup();
    kit.assert_eq("each job is in the queue once", (moved, list.len()), (1_000, 1_000));
    let counted: usize = tasks.into_iter().map(|task| task.join("it ends")).sum();
    kit.assert_eq("each was counted by the one who moved it", counted, 1_000);
}

/// Invariant 1. The connection breaks after Redis has done what it was asked, before it has answered. Kills: to remove and
/// push in two commands; an answer that must come.
#[test]
fn a_connection_that_breaks_in_the_middle_loses_nothing() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let job = json!({"class": "A", "args": [], "jid": "abc"}).to_string();
    for word in ["ZREM", "LPUSH"] {
        kit.command(&["DEL", "queue:default", "schedule"]);
        add(&kit, "schedule", NOW, job.as_bytes());
        let sets = sets(&proxy.url());
        proxy.cut_after_request(word);
        let _ = sets.enqueue_due(NOW);
        kit.assert(&format!("a request with {word} reached Redis"), proxy.fired());
        // What an error leaves undone is done the next time.
        let _ = sets.enqueue_due(NOW);
        let places = (kit.list("queue:default").len(), card(&kit, "schedule"));
        kit.assert_eq("the job is in its queue, once", places, (1, 0));
    }
}

/// A queue that nobody can push to is no reason to lose its jobs, or to keep the others waiting. Kills: a script whose
/// second half fails, one error that ends the batch.
#[test]
fn a_job_that_cannot_be_moved_stays() {
    let kit = testkit::kit!();
    kit.command(&["SET", "queue:broken", "no list"]);
    for (at, queue) in [(NOW - 3.0, "default"), (NOW - 2.0, "broken"), (NOW - 1.0, "default")] {
        for set in ["retry", "schedule"] {
            let job = json!({"class": "A", "args": [at, set], "queue": queue}).to_string();
            add(&kit, set, at, job.as_bytes());
        }
    }
    let refused = sets(&kit.url()).enqueue_due(NOW);
    kit.assert(
        &format!("it is Error::Refused, got {refused:?}"),
        matches!(refused, Err(Error::Refused { .. })),
    );
    kit.assert_eq("the others are moved", kit.list("queue:default").len(), 4);
    for set in ["retry", "schedule"] {
        kit.assert_eq(&format!("its job stays in `{set}`"), card(&kit, set), 1);
    }
}

/// As many as are read at once, and more: what is behind them must not wait for them, nor for the next look. Kills: to read
/// the earliest jobs only, to go on behind what was read instead of behind what was refused.
#[test]
fn jobs_that_cannot_be_moved_do_not_keep_the_others() {
    let kit = testkit::kit!();
    kit.command(&["SET", "queue:broken", "no list"]);
    let job = |number: usize| {
        let broken = number < 250 || number.is_multiple_of(2);
        let queue = if broken { "broken" } else { "default" };
        json!({"class": "A", "args": [number], "queue": queue}).to_string()
    };
    for number in 0..500 {
        add(&kit, "retry", NOW - 1_000.0 + number as f64, job(number).as_bytes());
    }
    let refused = sets(&kit.url()).enqueue_due(NOW);
    kit.assert(
        &format!("it is Error::Refused, got {refused:?}"),
        matches!(refused, Err(Error::Refused { .. })),
    );
    kit.assert_eq("those that can be moved are", kit.list("queue:default").len(), 125);
    kit.assert_eq("the others stay in `retry`", card(&kit, "retry"), 375);
    kit.command(&["DEL", "queue:broken"]);
    for _ in 0..4 {
        enqueue_due(&kit, &sets(&kit.url()));
    }
    kit.assert_eq("until they can be moved", kit.list("queue:broken").len(), 375);
}

/// The same for the set of names, and for the dead. Kills: a script that checks the list only, a burial in two commands or
/// without a look at where it goes, an error at `dead` that keeps the others.
#[test]
fn what_cannot_be_put_elsewhere_stays() {
    let kit = testkit::kit!();
    let good = br#"{"class":"A","args":[]}"#;
    kit.command(&["SET", "queues", "no set"]);
    add(&kit, "retry", NOW, good);
    let refused = sets(&kit.url()).enqueue_due(NOW);
    kit.assert(
        &format!("`queues` is no set: it is Error::Refused, got {refused:?}"),
        matches!(refused, Err(Error::Refused { .. })),
    );
    let places = (kit.list("queue:default").len(), card(&kit, "retry"));
    kit.assert_eq("the job stays where it is", places, (0, 1));

    kit.command(&["DEL", "queues"]);
    kit.command(&["SET", "dead", "no sorted set"]);
    add(&kit, "retry", NOW - 1.0, b"not a job");
    let refused = sets(&kit.url()).enqueue_due(NOW);
    kit.assert(
        &format!("`dead` is no sorted set: it is Error::Refused, got {refused:?}"),
        matches!(refused, Err(Error::Refused { .. })),
    );
    kit.assert_eq("the good job is moved", kit.list("queue:default").len(), 1);
    let left: Vec<String> = kit.query(&["ZRANGE", "retry", "0", "-1"]);
    kit.assert_eq("what cannot be buried stays where it is", left, vec!["not a job"]);
    kit.command(&["DEL", "dead"]);
    enqueue_due(&kit, &sets(&kit.url()));
    kit.assert_eq("until it can", (card(&kit, "retry"), card(&kit, "dead")), (0, 1));
}

/// A full Redis refuses what adds; a job must not fall between the two. Kills: a push that is refused after the removal.
#[test]
fn a_full_redis_loses_nothing() {
    let kit = testkit::kit!(own);
    let job = json!({"class": "A", "args": [], "jid": "abc"}).to_string();
    add(&kit, "schedule", NOW, job.as_bytes());
    kit.command(&["CONFIG", "SET", "maxmemory", "1"]);
    let sets = sets(&kit.url());
    let _ = sets.enqueue_due(NOW);
    let places = (kit.list("queue:default").len(), card(&kit, "schedule"));
    kit.assert(
        &format!("the job is in its queue or in `schedule`, in one of them: {places:?}"),
        [(1, 0), (0, 1)].contains(&places),
    );
    kit.command(&["CONFIG", "SET", "maxmemory", "0"]);
    enqueue_due(&kit, &sets);
    let places = (kit.list("queue:default").len(), card(&kit, "schedule"));
    kit.assert_eq("with room again, it is in its queue", places, (1, 0));
}
