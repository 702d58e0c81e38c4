//! The lists of a crashed process, the queues to which their jobs go, and what the log says of it.

use std::time::Duration;

use serde_json::json;

use super::common::{job, process, recover_at, run};
use crate::server::{add_in_flight, card, job_with, keys_with};

/// Catches: a queue that is read from the payload; one that is the part of the list's name after
/// the last colon.
#[test]
fn recovers_jobs_to_the_queue_in_the_name_of_their_list() {
    let kit = testkit::kit!();
    let jobs = [1, 2].map(|number| job_with(number, &[], json!({"queue": "elsewhere"})));
    for (holder, queue) in [("0", "a:b é"), ("0-waits", "c:1:d")] {
        for job in &jobs {
            add_in_flight(&kit, "gone:1:abc", holder, queue, job);
        }
    }
    process(&kit, "gone:1:abc", -1.0, "a:b é", &[]);
    let running = run(&kit, &["default"]);
    kit.eventually("nothing is left of the process", || keys_with(&kit, "gone:").is_empty());
    let [one, two] = jobs;
    for queue in ["queue:a:b é", "queue:c:1:d"] {
        kit.assert_eq(
            &format!("the jobs are in {queue}"),
            kit.list(queue),
            vec![two.clone(), one.clone()],
        );
    }
    let mut queues: Vec<String> = kit.query(&["SMEMBERS", "queues"]);
    queues.sort_unstable();
    kit.assert_eq("their queues are in `queues`", queues, vec!["a:b é", "c:1:d"]);
    running.stop();
}

/// The end of this lease has three digits, and the time of Redis ten. Catches: times that are
/// compared as text, so that 999 is later.
#[test]
fn recovers_a_process_whose_lease_ended_long_ago() {
    let kit = testkit::kit!();
    add_in_flight(&kit, "gone:1:abc", "0", "other", &job(1));
    kit.command(&["ZADD", "sidepunch:leases", "999", "gone:1:abc"]);
    let running = run(&kit, &["default"]);
    kit.eventually("its job is in its queue", || kit.list("queue:other") == vec![job(1)]);
    kit.eventually("nothing is left of the process", || keys_with(&kit, "gone:").is_empty());
    running.stop();
}

/// The clocks of two machines may differ by more than a lease, and a test cannot change the clock
/// of its own machine. So it looks for the command. Catches: a lease that is compared with the time
/// of the process that recovers.
#[test]
fn asks_redis_for_the_time_before_it_removes_a_job() {
    let kit = testkit::kit!();
    process(&kit, "gone:1:abc", -1.0, "other", &[job(1), job(2)]);
    let running = run(&kit, &["default"]);
    kit.eventually("nothing is left of the process", || keys_with(&kit, "gone:").is_empty());
    running.stop();
    let commands = kit.commands();
    let removes = |command: &String| command.contains("LREM \"sidepunch:inflight:gone:1:abc:0:other\"");
    let places: Vec<usize> = (0..commands.len()).filter(|&place| removes(&commands[place])).collect();
    kit.assert("a job is removed", !places.is_empty());
    for place in places {
        // The commands of its script so far.
        let before = commands[..place].iter().rev();
        let mut script = before.take_while(|command| command.starts_with("lua: "));
        kit.assert(
            "the script has asked Redis for the time",
            script.any(|command| command.starts_with("lua: TIME")),
        );
    }
}

/// Two processes recover the same list, and the other one is faster. Catches: a log line, or a
/// number in it, about jobs that another process has requeued.
#[test]
fn logs_only_the_jobs_that_it_has_requeued() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let identity = "crashed-host:17:0123456789ab";
    let list = format!("sidepunch:inflight:{identity}:0:default");
    process(&kit, identity, -1.0, "default", &[job(1), job(2)]);
    proxy.freeze_after_request(&list);
    let program = kit.start(&["--redis", &proxy.url(), "work", "-q", "other", "--lease", "0.5"]);
    kit.eventually_in(Duration::from_secs(20), "it has read the list", || proxy.fired());
    // A recovery in one step has requeued them by now.
    let requeued = kit.list("queue:default").len();
    kit.command(&["DEL", &list]);
    proxy.thaw();
    kit.eventually_in(Duration::from_secs(20), "the process is removed", || {
        card(&kit, "sidepunch:leases") == 1
    });
    program.terminate();
    program.wait("the program ends");
    let log = program.stderr();
    kit.assert(
        &format!("the log says nothing about jobs that were requeued elsewhere, got {log}"),
        requeued > 0 || !log.contains("crashed-host"),
    );
}

/// Catches: the recovery of a list that begins again after a lost reply, and counts only what it
/// finds then.
#[test]
fn counts_the_jobs_that_were_recovered_before_a_lost_reply() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    // The newest job of a list is recovered first.
    let jobs = [job_with(1, &[], json!({"mark": "lost"})), job(2), job(3)];
    process(&kit, "crashed-host:17:0123456789ab", -1.0, "default", &jobs);
    proxy.cut_after_request("\"lost\"");
    let program = kit.start(&["--redis", &proxy.url(), "work", "-q", "other", "--lease", "0.5"]);
    kit.eventually_in(Duration::from_secs(20), "the process is removed", || {
        keys_with(&kit, "crashed-host").is_empty()
    });
    program.terminate();
    program.wait("the program ends");
    kit.assert("a reply was lost", proxy.fired());
    let log = program.stderr();
    let line = log
        .lines()
        .find(|line| line.contains("crashed-host"))
        .unwrap_or_default();
    // It is not known whether the last one was moved.
    kit.assert(
        &format!("the log counts two or three jobs: {log}"),
        line.contains("jobs=2") || line.contains("jobs=3"),
    );
}

/// Another program has added a list whose name ends with the holder. Catches: a queue that is
/// chosen for its payloads, so that workers perform them.
#[test]
fn requeues_nothing_of_a_list_without_a_queue() {
    let kit = testkit::kit!();
    kit.command(&["SADD", "sidepunch:lists:gone:1:abc", "sidepunch:inflight:gone:1:abc:0"]);
    kit.lpush("sidepunch:inflight:gone:1:abc:0", &[job(1).as_bytes()]);
    process(&kit, "gone:1:abc", -1.0, "other", &[job(2)]);
    let running = recover_at(&kit, kit.url());
    kit.eventually("the job of the other list is in its queue", || {
        kit.list("queue:other") == vec![job(2)]
    });
    // The next recovery begins when this one is over.
    process(&kit, "gone:2:abc", -1.0, "other", &[job(3)]);
    kit.eventually("another process is recovered", || keys_with(&kit, "gone:2:").is_empty());
    let queues = keys_with(&kit, "queue");
    kit.assert_eq("no other queue has a job", queues, vec!["queue:other", "queues"]);
    running.stop();
}

/// Catches: an error that is forgotten, so that no log level shows why a job stays in flight.
#[test]
fn reports_a_list_that_cannot_be_recovered() {
    let kit = testkit::kit!();
    kit.command(&["SET", "queue:broken", "not a list"]);
    process(&kit, "gone:1:abc", -1.0, "broken", &[job(1)]);
    let program = kit.start(&["work", "-q", "other", "--log", "debug", "--lease", "0.5"]);
    kit.eventually_in(Duration::from_secs(20), "the log contains the error of Redis", || {
        program.stderr().contains("WRONGTYPE")
    });
    kit.assert_eq(
        "the job is in flight",
        kit.list("sidepunch:inflight:gone:1:abc:0:broken"),
        vec![job(1)],
    );
}
