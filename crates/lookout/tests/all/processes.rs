use testkit::Kit;

use super::{inspector, job, numbers, snapshot};

const US: &str = "host:7:0123456789ab";

/// Writes the heartbeat of a process, as Sidekiq does.
fn write_heartbeat(kit: &Kit, identity: &str) {
    kit.command(&["SADD", "processes", identity]);
    let info = r#"{"concurrency":5,"queues":["critical","low"]}"#;
    kit.command(&["HSET", identity, "info", info, "beat", "1795454181.5", "quiet", "true"]);
}

/// Writes the work of a thread as Sidekiq does, under one of its key names.
fn write_work(kit: &Kit, identity: &str, name: &str, thread: &str, number: usize) {
    let work = serde_json::json!({"queue": "low", "payload": job(number), "run_at": 1_795_454_100});
    kit.command(&["HSET", &format!("{identity}:{name}"), thread, &work.to_string()]);
}

/// Writes a lease that lasts this many seconds.
fn write_lease(kit: &Kit, identity: &str, seconds: f64) {
    let (now, _): (f64, f64) = kit.query(&["TIME"]);
    kit.command(&["ZADD", "sidepunch:leases", &(now + seconds).to_string(), identity]);
}

/// Returns the key of an in-flight list of the process, which is in its index.
fn in_flight(kit: &Kit, holder_and_queue: &str) -> String {
    let list = format!("sidepunch:inflight:{US}:{holder_and_queue}");
    kit.command(&["SADD", &format!("sidepunch:lists:{US}"), &list]);
    list
}

/// Real Sidekiq has no leases and no lists. Catches: a page that shows only Sidepunch.
#[test]
fn reads_the_heartbeat_of_a_sidekiq_process() {
    let kit = testkit::kit!();
    write_heartbeat(&kit, US);
    for name in ["work", "workers"] {
        write_work(&kit, US, name, "x7a", 4);
    }
    write_work(&kit, US, "workers", "x7b", 5);
    let seen = snapshot(&kit);
    let [process] = &seen.processes[..] else {
        panic!("{seen:?}")
    };
    kit.assert_eq("it says how many threads it has", process.concurrency, Some(5));
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
    kit.assert_eq("it says since when", process.threads[0].since, 1_795_454_100.0);
    kit.assert_eq("two jobs run", seen.running(), 2);
}

/// Between two heartbeats only the lists are current. Catches: reading only the hashes, and showing
/// the job that was fetched last.
#[test]
fn reads_running_jobs_from_the_lists() {
    let kit = testkit::kit!();
    write_heartbeat(&kit, US);
    write_lease(&kit, US, 5.0);
    write_work(&kit, US, "work", "0", 1);
    write_work(&kit, US, "work", "1", 9);
    // A waiter fills the first list for processor 0. The second one is of the queue `a:b`.
    let [waiters, processors] = ["0-waits:q", "0:a:b"].map(|list| in_flight(&kit, list));
    // Fetched in this order, as LMOVE and the steps' script do it: the first one runs.
    kit.lpush(&waiters, &[job(1).as_bytes(), job(2).as_bytes(), job(3).as_bytes()]);
    kit.lpush(&processors, &[job(4).as_bytes()]);
    let seen = snapshot(&kit);
    let [process] = &seen.processes[..] else {
        panic!("{seen:?}")
    };
    let [thread] = &process.threads[..] else {
        panic!("the last heartbeat is shown, not the current state: {process:?}")
    };
    kit.assert_eq("the thread's first job runs", numbers([&thread.job]), vec![1]);
    kit.assert_eq("it holds four", (&*thread.name, thread.held), ("0", 4));
    kit.assert_eq("the heartbeat says since when", thread.since, 1_795_454_100.0);

    kit.command(&["DEL", &waiters, &processors]);
    let seen = snapshot(&kit);
    kit.assert_eq(
        "with no list no thread is busy, whatever the last heartbeat said",
        seen.running(),
        0,
    );
}

/// A list does not say when its job began. Catches: a job that seems to begin at each snapshot.
#[test]
fn keeps_the_time_when_a_job_was_first_seen() {
    let kit = testkit::kit!();
    write_lease(&kit, US, 5.0);
    let list = in_flight(&kit, "3:default");
    kit.lpush(&list, &[job(1).as_bytes()]);
    let (mut inspector, before) = (inspector(&kit), lookout::now());
    let first = inspector.snapshot().unwrap().processes[0].threads[0].since;
    let second = inspector.snapshot().unwrap().processes[0].threads[0].since;
    kit.assert("it was seen in the first snapshot", first >= before);
    kit.assert_eq("and has been there since", second, first);
    // The next job, on the same thread.
    kit.command(&["DEL", &list]);
    kit.lpush(&list, &[job(2).as_bytes()]);
    let third = inspector.snapshot().unwrap().processes[0].threads[0].since;
    kit.assert("another job begins when it is seen", third > first);
    // The first job, again.
    kit.command(&["DEL", &list]);
    kit.lpush(&list, &[job(1).as_bytes()]);
    let fourth = inspector.snapshot().unwrap().processes[0].threads[0].since;
    kit.assert("a job that was gone begins again", fourth > third);
}

/// Sidekiq forgets a process without heartbeats after a minute, but its lists stay. Catches: jobs
/// in flight that are not shown.
#[test]
fn shows_a_crashed_process_until_its_jobs_are_requeued() {
    let kit = testkit::kit!();
    write_lease(&kit, US, -1.5);
    let list = in_flight(&kit, "0:default");
    kit.lpush(&list, &[job(1).as_bytes()]);
    let seen = snapshot(&kit);
    let [process] = &seen.processes[..] else {
        panic!("{seen:?}")
    };
    kit.assert(
        "its lease has run out",
        process.lease_remaining.is_some_and(|left| left < -1.0),
    );
    kit.assert_eq("its job is seen", seen.running(), 1);
    // The state after the recovery.
    kit.command(&["DEL", &list]);
    kit.command(&["ZREM", "sidepunch:leases", US]);
    kit.assert_eq("then it is gone", snapshot(&kit).processes.len(), 0);
}

/// `processes` is cleaned up late, and any program may write to it. Catches: processes that do not
/// exist, and a snapshot that fails.
#[test]
fn ignores_a_process_without_data() {
    let kit = testkit::kit!();
    kit.command(&["SADD", "processes", "gone:1:a", "odd"]);
    kit.command(&["HSET", "odd", "info", "{", "beat", "1.0", "concurrency", "3"]);
    kit.command(&["HSET", "odd:work", "a", "no JSON", "b", "{}"]);
    let seen = snapshot(&kit);
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
