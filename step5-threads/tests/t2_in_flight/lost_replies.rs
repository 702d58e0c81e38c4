//! A fetch or a wait whose reply is lost.

use super::common::{endless, push_endless, run_with_long_wait};
use crate::server::{begins, in_flight, in_flight_lists, in_flight_lists_of, quick};

/// Invariant 2. Redis has executed the call, and the reply with the job is lost. Catches: a fetch
/// that is known only by its reply, so that the repeated call returns the next job; a new name for
/// the in-flight list; no job at all, because the repeated call is not allowed to fetch another
/// one.
#[test]
fn returns_the_fetched_job_after_a_lost_reply() {
    for want in [0, 1] {
        let kit = testkit::kit!();
        let proxy = kit.proxy();
        // The first call may have to load the script into Redis.
        let first = in_flight_lists_of("other:1:abc", 0, &quick(kit.url())).acknowledge_and_fetch(&[], 0);
        kit.assert(
            "a call may fetch nothing",
            first.is_ok_and(|fetched| fetched.jobs.is_empty()),
        );
        let mut lists = in_flight_lists(proxy.url());
        (1..3).for_each(|number| push_endless(&kit, number, "default"));
        // Each fetch checks the lease of the process.
        proxy.cut_after_request("sidepunch:leases");
        let lost = lists.acknowledge_and_fetch(&[], 1);
        kit.assert("the reply is lost", proxy.fired());
        // A solution that repeats the call itself has the job already.
        let fetched = if lost.is_ok() {
            lost
        } else {
            lists.acknowledge_and_fetch(&[], want)
        };
        let sentence = format!("the repeated call returns the job, got {fetched:?}");
        let jobs = fetched.map_or_else(|_| Vec::new(), |fetched| fetched.jobs);
        let jobs: Vec<_> = jobs.iter().map(|job| String::from_utf8_lossy(&job.payload)).collect();
        kit.assert_eq(&sentence, jobs, vec![endless(1, "default")]);
        let in_flight: Vec<_> = in_flight(&kit).into_iter().map(|(_, job)| job).collect();
        kit.assert_eq("only this job is in flight", in_flight, vec![endless(1, "default")]);
    }
}

/// Invariant 2, while the server is idle. Catches: a blocking command that moves a job to a list
/// which the process does not check.
#[test]
fn finds_the_job_of_a_wait_after_a_lost_reply() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let begun = run_with_long_wait(&kit, &proxy);
    kit.eventually("it waits for jobs in Redis", || kit.blocked() > 0);
    proxy.hold_replies();
    push_endless(&kit, 1, "default");
    kit.eventually("the wait removes the job from its queue", || {
        kit.list("queue:default").is_empty()
    });
    proxy.cut();
    proxy.release_replies();
    kit.assert_eq("the job is performed nevertheless", begins(&kit, &begun), 1);
    let in_flight: Vec<_> = in_flight(&kit).into_iter().map(|(_, job)| job).collect();
    kit.assert_eq("it is in flight once", in_flight, vec![endless(1, "default")]);
}

/// The process no longer reads the reply to a wait, but Redis has not noticed it and may still move
/// a job. Catches: a call that checks too early for the job of the wait, so that the job stays in
/// flight until the thread is idle again.
#[test]
fn ends_an_abandoned_wait_before_the_next_one() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let begun = run_with_long_wait(&kit, &proxy);
    let waits = || {
        let commands = kit.commands();
        commands.iter().filter(|command| command.starts_with("BLMOVE")).count()
    };
    kit.eventually("it waits for jobs", || kit.blocked() > 0 && waits() == 1);
    // The second wait is on another connection.
    for lost in 1..=2 {
        proxy.hang_up();
        kit.eventually("it waits again", || waits() == lost + 1);
    }
    push_endless(&kit, 1, "default");
    kit.assert_eq("a job that arrives then begins", begins(&kit, &begun), 1);
}
