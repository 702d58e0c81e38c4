//! Calls that come late, and a Redis that is older than the last one.

use std::time::Duration;

use sidepunch::{Config, Fate, Verdict};
use testkit::Kit;

use super::common::run;
use crate::server::{begins, card, claims, failed, in_flight, job, keys_with, processed, push, quick, start};
use crate::support::{RunningServer, order};

/// A server whose threads wait for two queues, of which one thread may perform a job at a time.
fn run_two_queues(kit: &Kit) -> RunningServer {
    let config = Config {
        queues: order(&["a", "b"]),
        concurrency: 1,
        batch: 1,
        block: Duration::from_secs(1),
        ..quick(kit.url())
    };
    start(kit, config)
}

/// A connection that was given up may still bring what it was sent: a turn that was repeated elsewhere since, and overtaken by
/// the next. Kills: jobs that nobody knows of, and that the next turn takes for done.
#[test]
fn a_turn_that_comes_late_claims_nothing() {
    let kit = testkit::kit!();
    push(&kit, "default", (0..4).map(|number| job(number, &[])));
    let [mut claims, mut late] = [0, 1].map(|_| claims(kit.url()));
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

/// Redis closes connections that were idle for its `timeout`, as one is while a job runs. Kills: to take that for an outage, and
/// to leave without telling what became of the job.
#[test]
fn a_job_that_ends_after_its_connection_is_settled_by_a_stop() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let running = run(&kit, proxy.url());
    push(&kit, "default", [job(1, &["hold", "fail"])]);
    begins(&kit, &running.begun);
    running.server.request_stop();
    proxy.cut();
    running.gate.open();
    running.stop();
    kit.assert_eq("the job does not go back", kit.list("queue:default").len(), 0);
    kit.assert_eq("it has failed, and counts", failed(&kit), 1);
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
    push(&kit, "a", [job(9, &["hold"])]);
    kit.eventually("the only place is taken", || running.begun.try_recv().is_ok());
    let own = kit.query::<Vec<String>>(&["ZRANGE", "leases", "0", "-1"]).remove(0);
    let lists = kit.keys().into_iter();
    let busy = lists.filter_map(|key| key.strip_prefix(&format!("inflight:{own}:"))?.chars().next());
    let busy: Vec<char> = busy.collect();
    let late_job = |thread: char| 100 + u64::from(thread);
    let late: Vec<char> = "012".chars().filter(|thread| !busy.contains(thread)).collect();
    kit.assert_eq("two others are idle", late.len(), 2);
    // What the turn of each of them does, when it comes now.
    for thread in &late {
        let number = format!("inflight:{own}:{thread}");
        let job = job(late_job(*thread), &[]);
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
    running.gate.open();
    let before = turns();
    kit.eventually("each has another turn", || {
        for queue in ["a", "b"] {
            push(&kit, queue, [job(9, &[])]);
        }
        turns().iter().zip(&before).all(|(now, before)| now > before)
    });
    running.server.request_stop();
    let ended = running.server.join("run returns");
    kit.assert(&format!("run returns Ok(()), got {ended:?}"), ended.is_ok());
    let (performed, left): (Vec<u64>, _) = (running.begun.try_iter().collect(), kit.list("queue:b"));
    for thread in late {
        let number = late_job(thread);
        let found = performed.contains(&number) || left.contains(&job(number, &[]));
        kit.assert(
            &format!("the job of thread {thread} is performed, or in its queue: {performed:?}, {left:?}"),
            found,
        );
    }
}

/// A crash, a failover: Redis may lose what it knew last, and hold again what was settled. Kills: an old batch that is taken
/// for done, though nothing is left of how its jobs ended.
#[test]
fn what_redis_holds_again_is_not_taken_for_done() {
    let kit = testkit::kit!();
    let mut claims = claims(kit.url());
    push(&kit, "default", [job(1, &[])]);
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
    push(&kit, "default", [job(2, &[])]);
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
        queues + in_flight(&kit).len(),
        1,
    );
    kit.assert_eq("it does not count as done", processed(&kit), 0);
}

/// Nobody looks for what a process holds that has no lease. Kills: a wait that claims without one.
#[test]
fn whoever_waits_has_a_lease() {
    let kit = testkit::kit!();
    let config = Config {
        batch: 1,
        // Nobody renews it meanwhile.
        lease: Duration::from_secs(300),
        beat: Duration::from_secs(60),
        ..quick(kit.url())
    };
    let running = start(&kit, config);
    kit.eventually("it waits for jobs in Redis", || kit.blocked() > 0);
    // The heart renews it first.
    kit.eventually("its heart beats", || kit.query::<usize>(&["SCARD", "processes"]) == 1);
    kit.command(&["DEL", "leases"]);
    kit.eventually("the next wait takes a lease", || card(&kit, "leases") == 1);
    running.stop();
}

/// A stop waits for the jobs at hand, and no longer. Kills: an end of the thread that does not settle its last job.
#[test]
fn a_stop_settles_the_jobs_at_hand() {
    let kit = testkit::kit!();
    let running = run(&kit, kit.url());
    for (number, script) in [(1, &["hold", "fail"][..]), (2, &["hold"])] {
        push(&kit, "default", [job(number, script)]);
        begins(&kit, &running.begun);
    }
    running.server.request_stop();
    kit.assert("while they run, run does not return", !running.server.is_finished());
    running.gate.open();
    running.stop();
    kit.assert_eq("both were counted", processed(&kit), 2);
    kit.assert_eq("the failed one waits in `retry`", card(&kit, "retry"), 1);
    let left = keys_with(&kit, "inflight:");
    kit.assert_eq("nothing is in flight any more", left, Vec::<String>::new());
}
