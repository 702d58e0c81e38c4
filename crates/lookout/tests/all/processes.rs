use testkit::Kit;

use super::{job, look, lookout, numbers};

const US: &str = "host:7:0123456789ab";

/// A process that says of itself what Sidekiq's do.
fn says(kit: &Kit, identity: &str) {
    kit.command(&["SADD", "processes", identity]);
    let info = r#"{"concurrency":5,"queues":["critical","low"]}"#;
    kit.command(&["HSET", identity, "info", info, "beat", "1795454181.5", "quiet", "true"]);
}

/// Its work as Sidekiq tells it, under one of the names.
fn works(kit: &Kit, identity: &str, name: &str, thread: &str, number: usize) {
    let work = serde_json::json!({"queue": "low", "payload": job(number), "run_at": 1_795_454_100});
    kit.command(&["HSET", &format!("{identity}:{name}"), thread, &work.to_string()]);
}

/// Holds a lease for so many seconds.
fn leases(kit: &Kit, identity: &str, seconds: f64) {
    let (now, _): (f64, f64) = kit.query(&["TIME"]);
    kit.command(&["ZADD", "sidepunch:leases", &(now + seconds).to_string(), identity]);
}

/// Returns the key of an in-flight list of the process, which is in its index.
fn in_flight(kit: &Kit, holder_and_queue: &str) -> String {
    let list = format!("sidepunch:inflight:{US}:{holder_and_queue}");
    kit.command(&["SADD", &format!("sidepunch:lists:{US}"), &list]);
    list
}

/// Real Sidekiq: no lease, no lists. Kills: a page that shows Sidepunch only.
#[test]
fn a_sidekiq_is_seen_by_its_own_words() {
    let kit = testkit::kit!();
    says(&kit, US);
    for name in ["work", "workers"] {
        works(&kit, US, name, "x7a", 4);
    }
    works(&kit, US, "workers", "x7b", 5);
    let seen = look(&kit);
    let [process] = &seen.processes[..] else {
        panic!("{seen:?}")
    };
    kit.assert_eq("it says how many threads it has", process.concurrency, Some(5));
    kit.assert_eq("and what it takes", process.queues.join(" "), "critical low".to_owned());
    kit.assert_eq(
        "it is quiet",
        (process.quiet, process.beat),
        (true, Some(1_795_454_181.5)),
    );
    kit.assert_eq("its number is known", (process.pid(), process.lease), (Some(7), None));
    kit.assert_eq(
        "its threads are those of both hashes, each once",
        numbers(process.threads.iter().map(|thread| &thread.job)),
        vec![4, 5],
    );
    let thread = &process.threads[0];
    kit.assert_eq(
        "it says since when",
        (&*thread.queue, thread.since),
        ("low", 1_795_454_100.0),
    );
    kit.assert_eq("two jobs run", seen.running(), 2);
}

/// Between two beats the lists tell. Kills: reading the hashes only, and the job that was claimed last.
#[test]
fn what_runs_is_read_from_the_lists() {
    let kit = testkit::kit!();
    says(&kit, US);
    leases(&kit, US, 5.0);
    works(&kit, US, "work", "0", 1);
    works(&kit, US, "work", "1", 9);
    let list = in_flight(&kit, "0:a:b");
    // Claimed in this order, as LMOVE and the steps' script do it: the first is the one that runs.
    kit.lpush(&list, &[job(1).as_bytes(), job(2).as_bytes(), job(3).as_bytes()]);
    let seen = look(&kit);
    let [process] = &seen.processes[..] else {
        panic!("{seen:?}")
    };
    let [thread] = &process.threads[..] else {
        panic!("the last beat is told, not this moment: {process:?}")
    };
    kit.assert_eq("the thread's first job runs", numbers([&thread.job]), vec![1]);
    kit.assert_eq(
        "it holds three",
        (&*thread.name, &*thread.queue, thread.held),
        ("0", "a:b", 3),
    );
    kit.assert_eq("the beat says since when", thread.since, 1_795_454_100.0);

    kit.command(&["DEL", &list]);
    let seen = look(&kit);
    kit.assert_eq(
        "with no list no thread is busy, whatever the last beat said",
        seen.running(),
        0,
    );
}

/// A list does not say since when. Kills: a job that seems to begin at each look.
#[test]
fn whoever_looks_again_knows_since_when() {
    let kit = testkit::kit!();
    leases(&kit, US, 5.0);
    let list = in_flight(&kit, "3:default");
    kit.lpush(&list, &[job(1).as_bytes()]);
    let (mut lookout, before) = (lookout(&kit), lookout::now());
    let first = lookout.look().unwrap().processes[0].threads[0].since;
    let second = lookout.look().unwrap().processes[0].threads[0].since;
    kit.assert("it was seen at the first look", first >= before);
    kit.assert_eq("and has been there since", second, first);
    // The next job, on the same thread.
    kit.command(&["DEL", &list]);
    kit.lpush(&list, &[job(2).as_bytes()]);
    let third = lookout.look().unwrap().processes[0].threads[0].since;
    kit.assert("another job begins when it is seen", third > first);
}

/// Sidekiq forgets a silent process after a minute, its lists do not. Kills: jobs in flight that nobody shows.
#[test]
fn the_dead_are_seen_until_their_jobs_are_back() {
    let kit = testkit::kit!();
    leases(&kit, US, -1.5);
    let list = in_flight(&kit, "0:default");
    kit.lpush(&list, &[job(1).as_bytes()]);
    let seen = look(&kit);
    let [process] = &seen.processes[..] else {
        panic!("{seen:?}")
    };
    kit.assert("its lease has run out", process.left.is_some_and(|left| left < -1.0));
    kit.assert_eq("its job is seen", seen.running(), 1);
    // As recovery leaves it.
    kit.command(&["DEL", &list]);
    kit.command(&["ZREM", "sidepunch:leases", US]);
    kit.assert_eq("then it is gone", look(&kit).processes.len(), 0);
}

/// `processes` is cleaned up late, and anybody may write there. Kills: ghosts, and a look that fails.
#[test]
fn what_says_nothing_is_nobody() {
    let kit = testkit::kit!();
    kit.command(&["SADD", "processes", "gone:1:a", "odd"]);
    kit.command(&["HSET", "odd", "info", "{", "beat", "1.0", "concurrency", "3"]);
    kit.command(&["HSET", "odd:work", "a", "no JSON", "b", "{}"]);
    let seen = look(&kit);
    let [process] = &seen.processes[..] else {
        panic!("{seen:?}")
    };
    kit.assert_eq(
        "what can be read is",
        (&*process.identity, process.concurrency),
        ("odd", Some(3)),
    );
    kit.assert_eq(
        "it has no number, and no work",
        (process.pid(), process.threads.len()),
        (None, 0),
    );
}
