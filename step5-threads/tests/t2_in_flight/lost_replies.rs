//! A claim or a wait whose answer is lost.

use super::common::{endless, push_endless, run_with_long_wait};
use crate::server::{begins, claims, claims_of, in_flight, quick};

/// Invariant 2. Redis has done what it was asked, and the answer is lost, with the job in it. Kills: a claim that is known
/// only by its answer, and so the next one instead of it; a new name for what the process holds; nothing, since meanwhile no
/// other is to be begun.
#[test]
fn returns_the_fetched_job_after_a_lost_reply() {
    for want in [0, 1] {
        let kit = testkit::kit!();
        let proxy = kit.proxy();
        // Redis may have to learn a script first.
        let first = claims_of("other:1:abc", 0, &quick(kit.url())).acknowledge_and_fetch(&[], 0);
        kit.assert("a turn may claim nothing", first.is_ok_and(|turn| turn.jobs.is_empty()));
        let mut claims = claims(proxy.url());
        (1..3).for_each(|number| push_endless(&kit, number, "default"));
        // Whoever claims asks whether the process has a lease.
        proxy.cut_after_request("sidepunch:leases");
        let lost = claims.acknowledge_and_fetch(&[], 1);
        kit.assert("the answer is lost", proxy.fired());
        // Whoever tries again by itself has found it already.
        let turn = if lost.is_ok() {
            lost
        } else {
            claims.acknowledge_and_fetch(&[], want)
        };
        let told = format!("then it is there, got {turn:?}");
        let jobs = turn.map_or_else(|_| Vec::new(), |turn| turn.jobs);
        let jobs: Vec<_> = jobs.iter().map(|job| String::from_utf8_lossy(&job.payload)).collect();
        kit.assert_eq(&told, jobs, vec![endless(1, "default")]);
        let held: Vec<_> = in_flight(&kit).into_iter().map(|(_, job)| job).collect();
        kit.assert_eq("it is in flight, alone", held, vec![endless(1, "default")]);
    }
}

/// Invariant 2, while nobody has anything to do. Kills: a waiting command whose answer is known to nobody else.
#[test]
fn finds_the_job_of_a_wait_after_a_lost_reply() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let begun = run_with_long_wait(&kit, &proxy);
    kit.eventually("it waits for jobs in Redis", || kit.blocked() > 0);
    proxy.hold_replies();
    push_endless(&kit, 1, "default");
    kit.eventually("the wait takes the job", || kit.list("queue:default").is_empty());
    proxy.cut();
    proxy.release_replies();
    kit.assert_eq("the job is performed all the same", begins(&kit, &begun), 1);
    let held: Vec<_> = in_flight(&kit).into_iter().map(|(_, job)| job).collect();
    kit.assert_eq("it is in flight, once", held, vec![endless(1, "default")]);
}

/// Nobody listens to a wait any more, and Redis has not noticed: it may move a job still. Kills: a turn that looks too early for
/// what the wait brings, so that the job lies there until the thread has time again.
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
    proxy.hang_up();
    kit.eventually("it waits again", || waits() == 2);
    push_endless(&kit, 1, "default");
    kit.assert_eq("a job that comes then begins", begins(&kit, &begun), 1);
}
