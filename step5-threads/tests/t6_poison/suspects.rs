//! What a call or a wait fetches while there are crash counts.

use std::time::Duration;

use sidepunch::Config;
use testkit::Kit;

use crate::server::{ME, in_flight_lists_of, processed, push, quick, sent, start};
use crate::t5_recover::common::job;

/// Catches: suspects of one crash that wait for each other, so that a process performs the jobs of a
/// crashed one in turn.
#[test]
fn fetches_two_suspects_of_one_crash_in_two_threads() {
    let kit = testkit::kit!();
    push(&kit, "default", [job(0), job(1)]);
    for number in [0, 1] {
        kit.command(&["HSET", "sidepunch:crashes", &job(number), "1"]);
    }
    for thread in [0, 1] {
        kit.assert_eq(
            "the thread has a job",
            fetch_ten(&kit, thread),
            vec![job(thread as u64)],
        );
    }
}

/// Catches: a call that fetches one job of each queue as long as there is a crash count.
#[test]
fn fetches_many_jobs_beside_the_crash_count_of_another_one() {
    let kit = testkit::kit!();
    kit.command(&["HSET", "sidepunch:crashes", "another job", "1"]);
    let jobs: Vec<String> = (0..5).map(job).collect();
    push(&kit, "default", &jobs);
    kit.assert_eq("one call fetches all of them", fetch_ten(&kit, 0), jobs);
}

/// Fetches up to ten jobs in this thread, and returns their payloads.
fn fetch_ten(kit: &Kit, thread: usize) -> Vec<String> {
    let fetched = in_flight_lists_of(ME, thread, &quick(kit.url())).acknowledge_and_fetch(&[], 10);
    let jobs = fetched.expect("Redis is there").jobs;
    let payloads = jobs
        .iter()
        .map(|job| String::from_utf8_lossy(&job.payload).into_owned());
    payloads.collect()
}

/// Each waiter that requeues a job gives it to the next process that waits, and so on, for as long as
/// there is a crash count. Catches: a waiter that requeues each job then, so that its processor
/// fetches it.
#[test]
fn does_not_pass_a_job_from_process_to_process() {
    let kit = testkit::kit!();
    let config = || Config {
        concurrency: 2,
        block: Duration::from_secs(1),
        ..quick(kit.url())
    };
    let processes: Vec<_> = (0..16).map(|_| start(&kit, config())).collect();
    kit.command(&[
        "HSET",
        "sidepunch:crashes",
        "another job",
        "1",
        &job(2),
        "1",
        &job(3),
        "2",
    ]);
    for number in 1..=3 {
        kit.eventually("all processes wait for jobs", || kit.blocked() == 16);
        push(&kit, "default", [job(number)]);
        kit.eventually("the job is performed", || processed(&kit) == number);
    }
    let requeued = sent(&kit, "lua: RPUSH \"queue:default\"");
    kit.assert(
        &format!("a job is requeued by few processes, got {requeued} times"),
        requeued < 16,
    );
    processes.into_iter().for_each(|running| running.stop());
}
