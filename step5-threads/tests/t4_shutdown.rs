//! Task 5.4: a shutdown with a deadline.

mod common; // servers that are stopped while a job runs
mod lists; // the lists that a stop reads, and the queues to which it moves their jobs
mod log; // what a stop logs
mod moves; // how a stop moves the jobs of a list

use std::net::TcpListener;
use std::time::{Duration, Instant};

use self::common::{endless, join, push_endless, run, run_at, stop_with};
use crate::server::{add_in_flight, card, failed, identity, keys_with, processed};

/// Invariant 5. Catches: a wait without an end; a job that is lost with its thread; a job that
/// counts as failed; a job that is requeued at the wrong end.
#[test]
fn requeues_running_jobs_at_the_deadline() {
    let kit = testkit::kit!();
    let running = run(&kit, Duration::from_millis(300));
    push_endless(&kit, 1);
    kit.eventually("the job begins", || running.begun.try_recv() == Ok(1));
    push_endless(&kit, 2);
    let asked = Instant::now();
    running.server.request_stop();
    join(&kit, running.server);
    let waited = asked.elapsed();
    kit.assert(
        &format!("it has waited for the job until the deadline: {waited:?}"),
        waited >= Duration::from_millis(300) && waited < Duration::from_secs(5),
    );
    kit.assert_eq(
        "the job is unchanged, and at the tail of the queue that it came from",
        kit.list("queue:default"),
        vec![endless(2), endless(1)],
    );
    kit.assert_eq(
        "the queue is in `queues`, because an operator may have cleared it meanwhile",
        kit.query::<Vec<String>>(&["SMEMBERS", "queues"]),
        vec!["default"],
    );
    let left = keys_with(&kit, "sidepunch:inflight:");
    kit.assert_eq("nothing is in flight any more", left, Vec::<String>::new());
    kit.assert_eq("it does not count as failed", card(&kit, "retry"), 0);
    kit.assert_eq(
        "it does not count as processed",
        kit.query::<Option<u64>>(&["GET", "stat:processed"]),
        None,
    );
    let left: (usize, usize) = (card(&kit, "sidepunch:leases"), kit.query(&["SCARD", "processes"]));
    kit.assert_eq("the process has deregistered", left, (0, 0));
}

/// Catches: a deadline that is checked only after the first wait; jobs of a wait that stay in
/// flight; equal jobs that are taken for one; another order.
#[test]
fn requeues_jobs_at_once_with_a_timeout_of_zero() {
    let kit = testkit::kit!();
    let running = run(&kit, Duration::ZERO);
    push_endless(&kit, 1);
    kit.eventually("the job begins", || running.begun.try_recv() == Ok(1));
    let own = identity(&kit);
    // `queues` is needed only for Sidekiq's Web UI.
    kit.command(&["DEL", "queues"]);
    kit.command(&["SET", "queues", "no set"]);
    for number in [2, 2, 3] {
        add_in_flight(&kit, &own, "0-waits", "default", &endless(number));
    }
    running.server.request_stop();
    join(&kit, running.server);
    let (running, rest): (Vec<_>, Vec<_>) = kit
        .list("queue:default")
        .into_iter()
        .partition(|job| *job == endless(1));
    kit.assert_eq("the job that runs is in its queue again", running, vec![endless(1)]);
    kit.assert_eq(
        "so are the others, and the first that was fetched is the next to be popped",
        rest,
        vec![endless(3), endless(2), endless(2)],
    );
}

/// Catches: shutdown commands that each wait as long as any other command, one after the other.
#[test]
fn stops_even_if_redis_hangs() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let running = run_at(&kit, proxy.url(), Duration::ZERO);
    push_endless(&kit, 1);
    kit.eventually("the job begins", || running.begun.try_recv() == Ok(1));
    running.server.request_stop();
    let ended = running.server.join("`run` returns while Redis answers");
    kit.assert(&format!("`run` returns Ok(()), got {ended:?}"), ended.is_ok());
    kit.assert_eq(
        "the job is in its queue again",
        kit.list("queue:default"),
        vec![endless(1)],
    );

    let running = run_at(&kit, proxy.url(), Duration::ZERO);
    kit.eventually("the job begins again", || running.begun.try_recv() == Ok(1));
    proxy.freeze();
    running.server.request_stop();
    let ended = running.server.join("run returns though Redis does not answer");
    kit.assert(&format!("run returns Ok(()), got {ended:?}"), ended.is_ok());
}

/// A platform stops a process like this. Catches: an exit code that looks like a crash; a process
/// that must be killed; a job that is interrupted without a log line; a warning about no job.
#[test]
fn work_exits_in_time() {
    let kit = testkit::kit!();
    // An API that never replies, so that a job that calls it does not end.
    let api = TcpListener::bind("127.0.0.1:0").expect("a free port");
    api.set_nonblocking(true).expect("a socket");
    let url = format!("http://{}", api.local_addr().expect("an address"));
    let program = kit.start(&["work", "-c", "1", "-t", "0.2", "--lease", "1", "--api", &url]);
    kit.lpush(
        "queue:default",
        &[br#"{"class":"UpdateCounterWorker","args":["hits","incr"]}"#],
    );
    let _call = kit.wait_for("the job begins", || api.accept().ok());
    program.terminate();
    let status = program.wait("the program ends though a job runs");
    kit.assert_eq("it ends with exit code 0", status.code(), Some(0));
    kit.assert_eq("the job is in its queue again", kit.list("queue:default").len(), 1);
    let warned = |stderr: String| -> Vec<String> {
        let warnings = stderr.lines().filter_map(|line| line.split_once("WARN"));
        warnings.map(|(_, message)| message.to_owned()).collect()
    };
    let warnings = warned(program.stderr());
    let of_one = |message: &String| message.split(|c: char| !c.is_alphanumeric()).any(|word| word == "1");
    kit.assert(
        &format!("there is a warning about 1 job, and no other, got {warnings:?}"),
        warnings.len() == 1 && warnings.iter().all(of_one),
    );

    kit.command(&["DEL", "queue:default"]);
    let program = kit.start(&["work", "-c", "1", "-t", "0.2"]);
    kit.eventually("it waits for jobs", || kit.blocked() > 0);
    program.terminate();
    program.wait("the program ends");
    kit.assert_eq("there is no warning", warned(program.stderr()), Vec::<String>::new());
}

/// Catches: a list that is read as text, so that all of it stays in flight forever; a stop that
/// counts as a crash, as a failure or as processed, or that removes a crash count.
#[test]
fn requeues_non_utf8_jobs_and_counts_nothing() {
    let kit = testkit::kit!();
    let jobs = [b"one".as_slice(), b"\xff\xfe", b"", b"{\"args\":[\"\xff\"]}", b"two"];
    let counts = || {
        kit.command(&["HSET", "sidepunch:crashes", "one", "1"]);
    };
    stop_with(
        &kit,
        kit.url(),
        &[("0-waits", "other", &jobs), ("9", "third", &jobs)],
        counts,
    );
    for queue in ["queue:other", "queue:third"] {
        let mut requeued = kit.payloads(queue);
        requeued.reverse();
        kit.assert_eq(&format!("all are in {queue}, in order"), requeued, jobs.to_vec());
    }
    kit.assert_eq("so is the one that runs", kit.list("queue:default"), vec![endless(1)]);
    let crashes: Vec<(String, u64)> = kit.query(&["HGETALL", "sidepunch:crashes"]);
    kit.assert_eq("no crash is counted", crashes, vec![("one".to_owned(), 1)]);
    kit.assert_eq("no job is counted", (processed(&kit), failed(&kit)), (0, 0));
    let left = keys_with(&kit, "sidepunch:inflight:");
    kit.assert_eq("nothing is in flight any more", left, Vec::<String>::new());
}

/// Catches: a stop that ends at the first list that cannot be requeued; one that removes a job
/// before it finds out that the queue is broken; one that forgets the process although it still
/// holds jobs, so that no other process would look for them.
#[test]
fn requeues_the_other_lists_when_a_queue_is_broken() {
    let kit = testkit::kit!();
    let names: Vec<String> = (0..16)
        .map(|number| format!("{}{number}", if number % 4 == 0 { "broken" } else { "good" }))
        .collect();
    let (broken, good): (Vec<&String>, Vec<&String>) = names.iter().partition(|name| name.starts_with("broken"));
    for name in &broken {
        kit.command(&["SET", &format!("queue:{name}"), "not a list"]);
    }
    let jobs = [b"one".as_slice(), b"two"];
    let lists: Vec<_> = names.iter().map(|name| ("9", name.as_str(), &jobs[..])).collect();
    stop_with(&kit, kit.url(), &lists, || ());
    for name in good {
        let queue = kit.list(&format!("queue:{name}"));
        kit.assert_eq(
            &format!("the jobs of {name} are in their queue"),
            queue,
            vec!["two", "one"],
        );
    }
    kit.assert_eq("so is the one that runs", kit.list("queue:default"), vec![endless(1)]);
    let left = keys_with(&kit, "sidepunch:inflight:");
    kit.assert_eq("the others are in flight", left.len(), broken.len());
    for list in &left {
        kit.assert_eq("with both jobs", kit.list(list).len(), 2);
    }
    kit.assert_eq(
        "and the process is known, for a recovery",
        card(&kit, "sidepunch:leases"),
        1,
    );
    let index = keys_with(&kit, "sidepunch:lists:");
    kit.assert_eq("with its lists", index.len(), 1);
}

/// Invariant 2. Catches: a script that, repeated, requeues jobs which it has removed already.
#[test]
fn requeues_each_job_once_when_the_reply_is_lost() {
    let kit = testkit::kit!();
    // Redis has to learn the scripts first.
    stop_with(&kit, kit.url(), &[("9", "other", &[b"first"])], || ());
    kit.command(&["DEL", "queue:default", "queue:other"]);
    let proxy = kit.proxy();
    let jobs = [b"a lost one".as_slice(), b"the next"];
    stop_with(&kit, proxy.url(), &[("9", "other", &jobs)], || {
        proxy.cut_after_request("a lost one")
    });
    kit.eventually("both are in their queue", || kit.list("queue:other").len() >= 2);
    kit.eventually("so is the one that runs", || {
        kit.list("queue:default") == vec![endless(1)]
    });
    kit.assert_eq("each once", kit.list("queue:other"), vec!["the next", "a lost one"]);
}

/// Catches: a requeue whose first write needs memory.
#[test]
fn requeues_jobs_in_a_full_redis() {
    let kit = testkit::kit!(own);
    let fill = || drop(kit.command(&["CONFIG", "SET", "maxmemory", "1"]));
    stop_with(&kit, kit.url(), &[("9", "other", &[b"one", b"two"])], fill);
    kit.assert_eq(
        "the jobs are in their queue",
        kit.list("queue:other"),
        vec!["two", "one"],
    );
    kit.assert_eq("so is the one that runs", kit.list("queue:default"), vec![endless(1)]);
    kit.command(&["CONFIG", "SET", "maxmemory", "0"]);
}
