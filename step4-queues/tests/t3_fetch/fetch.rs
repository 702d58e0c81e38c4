//! `Fetch::retrieve`.

use std::time::{Duration, Instant};

use sidepunch::{Config, Error, Fetch, Fetched};
use testkit::Kit;

use crate::support::order;

fn fetch(url: String, queues: &[&str], block: Duration) -> Fetch {
    let config = Config {
        redis: url,
        queues: order(queues),
        block,
        ..Config::default()
    };
    Fetch::new(&config).expect("a URL of a Redis")
}

/// Calls `retrieve` once, and returns the `Fetch` for the next call. If the call hangs, the test
/// fails.
fn retrieve(kit: &Kit, mut fetch: Fetch) -> (Fetch, Result<Option<Fetched>, Error>) {
    let sentence = "`retrieve` returns, with a job, without one, or with an error";
    kit.within(Duration::from_secs(10), sentence, move || {
        let fetched = fetch.retrieve();
        (fetch, fetched)
    })
}

/// Returns the result as text: `queue: payload`, or the error's message.
fn describe(fetched: Result<Option<Fetched>, Error>) -> Result<Option<String>, String> {
    let text = |fetched: Fetched| format!("{}: {}", fetched.queue, fetched.payload.escape_ascii());
    fetched
        .map(|fetched| fetched.map(text))
        .map_err(|error| error.to_string())
}

fn job(text: &str) -> Result<Option<String>, String> {
    Ok(Some(text.to_owned()))
}

/// Invariant 1. Catches: the oldest job of all queues; queues that take turns; an order that is
/// shuffled, or sorted by name.
#[test]
fn fetches_in_strict_queue_order() {
    let kit = testkit::kit!();
    kit.lpush("queue:low", &[b"1", b"2"]);
    kit.lpush("queue:urgent", &[b"3", b"4"]);
    kit.lpush("queue:default", &[b"5"]);
    let mut fetch = fetch(kit.url(), &["urgent", "default", "low"], Duration::from_millis(20));
    for expected in ["urgent: 3", "urgent: 4", "default: 5", "low: 1"] {
        let (back, fetched) = retrieve(&kit, fetch);
        fetch = back;
        kit.assert_eq(
            "the queues are in strict order, and each returns its oldest job",
            describe(fetched),
            job(expected),
        );
    }
    kit.lpush("queue:urgent", &[b"6"]);
    let (back, fetched) = retrieve(&kit, fetch);
    kit.assert_eq(
        "an urgent job that arrives is the next one",
        describe(fetched),
        job("urgent: 6"),
    );
    kit.assert_eq(
        "then the other jobs follow",
        describe(retrieve(&kit, back).1),
        job("low: 2"),
    );
}

/// Catches: a name that is cut at a colon or a space, or that begins with `queue:`.
#[test]
fn returns_the_queue_of_each_job() {
    let kit = testkit::kit!();
    let names = ["a.b", "with space", "queue:x", "é日本", "{hash}"];
    for name in names {
        kit.lpush(&format!("queue:{name}"), &[b"\xff\x00 job"]);
        let fetch = fetch(kit.url(), &["first", name], Duration::from_millis(20));
        let (_, fetched) = retrieve(&kit, fetch);
        kit.assert_eq(
            "the name and the payload are returned byte for byte",
            describe(fetched),
            job(&format!("{name}: \\xff\\x00 job")),
        );
    }
}

/// Catches: a queue that is recognized by the end of the key.
#[test]
fn distinguishes_queues_whose_names_end_alike() {
    let kit = testkit::kit!();
    kit.lpush("queue:slow", &[b"job"]);
    let fetched = retrieve(&kit, fetch(kit.url(), &["low", "slow"], Duration::from_millis(20))).1;
    kit.assert_eq("the job is of the queue slow", describe(fetched), job("slow: job"));
}

/// Invariant 2, idle: a wait for one queue would not see a job in another. Catches: a wait for each
/// queue, one after the other; polling.
#[test]
fn waits_for_all_queues_at_once() {
    let kit = testkit::kit!();
    for (specs, queue) in [
        (["a", "b", "c"], "c"),
        (["a,1000", "b,1000", "c,1"], "c"),
        (["a,1000", "b,1", "c,1000"], "b"),
    ] {
        let mut fetch = fetch(kit.url(), &specs, Duration::from_secs(60));
        let waiting = kit.spawn(move || fetch.retrieve());
        kit.eventually("while all queues are empty, a blocking command waits in Redis", || {
            kit.blocked() == 1
        });
        kit.lpush(&format!("queue:{queue}"), &[b"late"]);
        let fetched = waiting.join("a job in any queue ends the wait");
        kit.assert_eq(
            "`retrieve` returns the job",
            describe(fetched),
            job(&format!("{queue}: late")),
        );
    }
}

/// The read times out a second after the wait. Catches: a wait that is as long as the block time
/// for each queue; a block time that is divided by the number of queues.
#[test]
fn waits_for_the_block_time_once_for_all_queues() {
    let kit = testkit::kit!();
    let queues: Vec<String> = (0..20).map(|number| format!("q{number}")).collect();
    let queues: Vec<&str> = queues.iter().map(String::as_str).collect();
    let (block, start) = (Duration::from_millis(500), Instant::now());
    let none = retrieve(&kit, fetch(kit.url(), &queues, block)).1;
    let waited = start.elapsed();
    kit.assert_eq("there is no job", describe(none), Ok(None));
    // Redis may end a blocking command a little early, because it counts in milliseconds.
    kit.assert(
        &format!("it waits for config.block ({block:?}), not {waited:?}"),
        waited >= block - Duration::from_millis(100),
    );
}

/// Invariant 2, busy. Catches: code that chooses one queue by its weight, and waits while it is
/// empty.
#[test]
fn never_waits_while_another_queue_has_a_job() {
    let kit = testkit::kit!();
    for number in 0..50 {
        kit.lpush("queue:rare", &[number.to_string().as_bytes()]);
    }
    let mut fetch = fetch(kit.url(), &["often,1000", "rare,1"], Duration::from_secs(60));
    for number in 0..50 {
        let (back, fetched) = retrieve(&kit, fetch);
        fetch = back;
        kit.assert_eq(
            "the only queue with jobs returns the next one",
            describe(fetched),
            job(&format!("rare: {number}")),
        );
    }
}

/// Catches: an order that is shuffled once for the life of the process, or that is strict in spite
/// of weights.
#[test]
fn shuffles_weighted_queues_for_each_fetch() {
    let kit = testkit::kit!();
    for queue in ["queue:a", "queue:b"] {
        for _ in 0..100 {
            kit.lpush(queue, &[b"job"]);
        }
    }
    let mut fetch = fetch(kit.url(), &["a,1", "b,1"], Duration::from_millis(20));
    for _ in 0..100 {
        fetch = retrieve(&kit, fetch).0;
    }
    let left = ["queue:a", "queue:b"].map(|queue| kit.list(queue).len());
    // In 100 fair shuffles, one queue is first fewer than 20 times once in a billion runs.
    kit.assert(
        &format!("100 jobs are fetched from both queues in fair shares; left: {left:?}"),
        left.iter().all(|left| (20..=80).contains(left)),
    );
}

/// Catches: a check of all keys before the fetch, so that a broken one stops the queues before it,
/// too.
#[test]
fn serves_the_queues_before_a_broken_one() {
    let kit = testkit::kit!();
    kit.command(&["SET", "queue:broken", "no list"]);
    kit.lpush("queue:urgent", &[b"1"]);
    let fetch = fetch(kit.url(), &["urgent", "broken"], Duration::from_millis(20));
    let (fetch, fetched) = retrieve(&kit, fetch);
    kit.assert_eq("the job is fetched", describe(fetched), job("urgent: 1"));
    let fetched = retrieve(&kit, fetch).1;
    kit.assert(
        &format!("then the broken key leads to Error::Refused, got {fetched:?}"),
        matches!(fetched, Err(Error::Refused { .. })),
    );
}

/// Catches: a connection that is kept after it failed.
#[test]
fn replaces_a_broken_connection_to_several_queues() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let mut first = fetch(proxy.url(), &["a", "b"], Duration::from_secs(60));
    let waiting = kit.spawn(move || {
        let fetched = first.retrieve();
        (first, fetched)
    });
    kit.eventually("a blocking command waits in Redis", || kit.blocked() == 1);
    proxy.cut();
    let (fetch, fetched) = waiting.join("`retrieve` returns when its connection breaks");
    kit.assert(
        &format!("the error is Error::Unreachable, got {fetched:?}"),
        matches!(fetched, Err(Error::Unreachable { .. })),
    );
    kit.eventually("Redis has noticed it, too", || kit.blocked() == 0);
    kit.lpush("queue:b", &[b"kept"]);
    kit.assert_eq(
        "the next call uses a new connection and returns the job",
        describe(retrieve(&kit, fetch).1),
        job("b: kept"),
    );
}

/// Invariant 1. Catches: a command for each queue, so that a job which arrives in the first queue
/// meanwhile is overtaken.
#[test]
fn asks_all_queues_in_one_round_trip() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let mut fetch = fetch(proxy.url(), &["urgent", "low"], Duration::from_secs(5));
    kit.lpush("queue:low", &[b"1", b"2"]);
    let (back, first) = retrieve(&kit, fetch);
    kit.assert_eq("the first job", describe(first), job("low: 1"));
    fetch = back;
    proxy.hold_replies();
    let fetching = kit.spawn(move || fetch.retrieve());
    kit.eventually("a job is fetched although no reply arrives", || {
        kit.list("queue:low").is_empty()
    });
    proxy.release_replies();
    let fetched = fetching.join("`retrieve` returns");
    kit.assert_eq("the second job", describe(fetched), job("low: 2"));
}
