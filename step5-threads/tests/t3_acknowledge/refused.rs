//! A key of another type, or a full Redis.

use std::time::Duration;

use serde_json::json;
use sidepunch::{Config, Decision, Error, Outcome};
use testkit::Kit;

use super::common::{failure, run};
use crate::server::{
    ME, begins, card, failed, identity, in_flight, in_flight_lists, in_flight_lists_of, job, job_with, processed, push,
    quick,
};
use crate::support::order;

/// A script or a MULTI is not rolled back when a command in it fails. Catches: a job that is
/// removed before it is certain that it can be stored elsewhere.
#[test]
fn keeps_a_failed_job_in_flight_until_it_can_be_stored() {
    for (set, retries) in [("retry", 5), ("dead", 0)] {
        let kit = testkit::kit!();
        kit.command(&["SET", set, "no sorted set"]);
        let running = run(&kit, kit.url());
        push(&kit, "default", [job_with(1, &["fail"], json!({"retry": retries}))]);
        begins(&kit, &running.begun);
        push(&kit, "default", [job(2, &[])]);
        kit.eventually("another job is performed meanwhile", || {
            running.begun.try_recv() == Ok(2)
        });
        kit.eventually("and acknowledged, so only the first job is in flight", || {
            in_flight(&kit).len() == 1
        });
        kit.command(&["DEL", set]);
        kit.eventually(&format!("it is stored in `{set}` when this is possible"), || {
            card(&kit, set) == 1
        });
        kit.assert_eq("it is no longer in flight", in_flight(&kit).len(), 0);
        running.stop();
    }
}

/// Invariant 1. Catches: an acknowledgement whose first write adds data, so that a full Redis
/// refuses it.
#[test]
fn acknowledges_jobs_when_redis_is_full() {
    let kit = testkit::kit!(own);
    push(&kit, "default", [job(1, &[]), job(2, &["fail"]), job(3, &[])]);
    kit.command(&["CONFIG", "SET", "maxmemory", "1"]);
    let running = run(&kit, kit.url());
    kit.eventually("all jobs are performed and counted", || processed(&kit) == 3);
    kit.assert_eq("the failed job is in `retry`", card(&kit, "retry"), 1);
    kit.assert_eq("nothing is in flight", in_flight(&kit).len(), 0);
    kit.command(&["CONFIG", "SET", "maxmemory", "0"]);
    running.stop();
}

/// Calls `acknowledge_and_fetch` itself. Catches: a second decision about the failed job; a search
/// in the thread's own list only.
#[test]
fn stores_a_failed_job_as_decided() {
    let kit = testkit::kit!();
    for holder in ["0", "0-waits"] {
        let identity = format!("me:1:of-{holder}");
        let outcomes = vec![failure(
            &kit,
            &format!("sidepunch:inflight:{identity}:{holder}:default"),
        )];
        let mut lists = in_flight_lists_of(&identity, 0, &quick(kit.url()));
        let fetched = kit.within(Duration::from_secs(10), "the call returns", move || {
            lists
                .acknowledge_and_fetch(&outcomes, 0)
                .map(|fetched| fetched.jobs.len())
        });
        kit.assert(
            &format!("it fetches nothing, got {fetched:?}"),
            fetched.is_ok_and(|jobs| jobs == 0),
        );
        let retry: Vec<(String, f64)> = kit.query(&["ZRANGE", "retry", "0", "-1", "WITHSCORES"]);
        kit.assert_eq(
            "the job is in `retry` as it was decided",
            retry,
            vec![("as it is kept".to_owned(), 1_795_454_181.5)],
        );
        kit.assert_eq(
            &format!("it is no longer in the list of {holder}"),
            in_flight(&kit).len(),
            0,
        );
        kit.command(&["DEL", "retry"]);
    }
    kit.assert_eq("both failures are counted", failed(&kit), 2);
}

/// Calls `acknowledge_and_fetch` itself. Catches: a job that is removed before it is certain that
/// it can be requeued.
#[test]
fn keeps_a_job_in_flight_if_it_cannot_be_requeued() {
    let kit = testkit::kit!();
    kit.command(&["SET", "queue:default", "no list"]);
    for holder in ["0", "0-waits"] {
        let identity = format!("me:1:of-{holder}");
        let list = format!("sidepunch:inflight:{identity}:{holder}:default");
        let (claimed, _) = failure(&kit, &list);
        let mut lists = in_flight_lists_of(&identity, 0, &quick(kit.url()));
        // It may refuse the call, or go on beside this job.
        let _ = lists.acknowledge_and_fetch(&[(claimed, Outcome::Requeued)], 0);
        kit.assert_eq(&format!("the job is still in {list}"), kit.list(&list).len(), 1);
    }
}

/// A waiter has brought a job of which no processor knows, and its queue has become another key.
/// Catches: a script that removes the job before it finds out that it cannot push it.
#[test]
fn keeps_the_job_of_a_lost_wait_until_it_can_be_requeued() {
    let kit = testkit::kit!();
    let running = run(&kit, kit.url());
    kit.eventually("it waits for jobs", || kit.blocked() > 0);
    let list = format!("sidepunch:inflight:{}:0-waits:default", identity(&kit));
    redis::pipe()
        .atomic()
        .set("queue:default", "not a list")
        .lpush(&list, job(1, &[]))
        .exec(&mut kit.redis())
        .expect("both keys are free");
    kit.eventually("its wait is over", || kit.blocked() == 0);
    let calls = || {
        let commands = kit.commands();
        let calls = commands.iter().filter(|command| command.starts_with("EVAL"));
        calls.filter(|command| command.contains(&list)).count()
    };
    let before = calls();
    kit.eventually("it tries to requeue the job, and tries again", || calls() > before + 6);
    kit.assert_eq("the job is still in its list", kit.list(&list), vec![job(1, &[])]);
    kit.command(&["DEL", "queue:default"]);
    kit.assert_eq("then the job is performed", begins(&kit, &running.begun), 1);
    running.stop();
}

/// `InFlight`, called by hand. One of three jobs cannot be acknowledged for a while. A call may
/// then refuse all of them, or go on beside that job and do the rest later. Catches: a call that
/// acknowledges some jobs, fails at another one, and does not know of the first ones when it is
/// repeated; a job that leaves its list although it cannot go anywhere.
#[test]
fn counts_acknowledged_jobs_when_another_is_refused() {
    for wrong in ["dead", "queue:default"] {
        let kit = testkit::kit!();
        let list = "sidepunch:inflight:me:1:abc:0:default";
        let (dead, [retry, back]) = (failure(&kit, list).0, [0, 1].map(|_| failure(&kit, list)));
        let mut outcomes = vec![
            retry,
            (dead, Outcome::Failed(Decision::Dead(b"as it is kept".to_vec()))),
            (back.0, Outcome::Requeued),
        ];
        let mut lists = in_flight_lists(kit.url());
        // A call that refuses is repeated as it was; one that returns has taken note of all
        // outcomes.
        let mut call = || match lists.acknowledge_and_fetch(&outcomes, 0) {
            Ok(_) => outcomes.clear(),
            Err(error) => kit.assert("Redis is there", matches!(error, Error::Refused { .. })),
        };
        kit.command(&["SET", wrong, "of another type"]);
        call();
        call();
        kit.assert("what cannot be moved is in flight", !in_flight(&kit).is_empty());
        kit.command(&["DEL", wrong]);
        kit.eventually("then nothing is in flight", || {
            call();
            in_flight(&kit).is_empty()
        });
        kit.assert_eq("both that failed are counted", failed(&kit), 2);
        kit.assert_eq("and no other", processed(&kit), 2);
        kit.assert_eq(
            "each is where it belongs",
            (card(&kit, "retry"), card(&kit, "dead")),
            (1, 1),
        );
        kit.assert_eq("the third is in its queue", kit.list("queue:default").len(), 1);
    }
}

/// Fetches from the queues `broken` and `default`, and acknowledges the jobs. Returns how many
/// there were, and the error of Redis.
fn fetch_from_two_queues(kit: &Kit) -> (usize, Option<String>) {
    let config = Config {
        queues: order(&["broken", "default"]),
        ..quick(kit.url())
    };
    let mut lists = in_flight_lists_of(ME, 0, &config);
    let fetched = lists.acknowledge_and_fetch(&[], 1).map_or_else(
        |error| (0, Some(error.to_string())),
        |fetched| (fetched.jobs.len(), fetched.refused),
    );
    let acknowledged = lists.acknowledge_and_fetch(&[], 0);
    kit.assert(
        &format!("the job is acknowledged, got {acknowledged:?}"),
        acknowledged.is_ok(),
    );
    fetched
}

/// Calls `acknowledge_and_fetch` itself, then runs the program. Catches: an error that ends the
/// call, so that the other queues wait; an error that is dropped.
#[test]
fn fetches_from_other_queues_when_one_is_broken() {
    let kit = testkit::kit!();
    kit.command(&["SET", "queue:broken", "no list"]);
    kit.lpush("queue:default", &[br#"{"class":"SlowWorker","args":[1]}"#]);
    let (jobs, refused) = fetch_from_two_queues(&kit);
    kit.assert_eq("the job of the other queue is fetched", jobs, 1);
    kit.assert(
        &format!("`refused` contains the error of Redis, got {refused:?}"),
        refused.is_some_and(|error| error.contains("WRONGTYPE")),
    );

    let program = kit.start(&["work", "-c", "1", "-q", "broken", "-q", "default"]);
    let logged = |text: &str| program.stderr().matches(text).count();
    for times in 1..3 {
        kit.command(&["SET", "queue:broken", "no list"]);
        kit.lpush("queue:default", &[br#"{"class":"SlowWorker","args":[1]}"#]);
        kit.eventually("the job of the other queue is performed", || logged(" done") == times);
        kit.eventually("the log contains the error of Redis", || logged("WRONGTYPE") == times);
        kit.command(&["DEL", "queue:broken"]);
        kit.eventually("the log reports when the queue works again", || {
            logged("all queues again") == times
        });
    }
}

/// Catches: a log line for each refusal; a log line for the end of a problem that did not begin; a
/// log line for its end although the queue was not checked.
#[test]
fn logs_a_broken_queue_once() {
    let kit = testkit::kit!();
    kit.command(&["SET", "queue:broken", "no list"]);
    let (_, refused) = fetch_from_two_queues(&kit);
    kit.assert("a call returns that a queue cannot be popped", refused.is_some());
    let program = kit.start(&["work", "-c", "1", "-q", "default", "-q", "broken"]);
    let logged = |text: &str| program.stderr().matches(text).count();
    kit.eventually("the log reports it", || logged("cannot fetch from a queue") > 0);
    let slow: Vec<String> = (0..5)
        .map(|_| r#"{"class":"SlowWorker","args":[1]}"#.to_owned())
        .collect();
    let slow: Vec<&[u8]> = slow.iter().map(String::as_bytes).collect();
    for round in 1..3 {
        kit.lpush("queue:default", &slow);
        kit.eventually("the other jobs are performed", || processed(&kit) == 5 * round);
    }
    kit.assert_eq("it was logged once", logged("cannot fetch from a queue"), 1);
    kit.assert_eq(
        "its end is not logged yet",
        logged("can fetch from all queues again"),
        0,
    );
    kit.command(&["DEL", "queue:broken"]);
    kit.eventually("its end is logged", || logged("can fetch from all queues again") > 0);
    kit.lpush("queue:default", &slow);
    kit.eventually("the other jobs are performed", || processed(&kit) == 15);
    kit.assert_eq(
        "its end is logged once, too",
        logged("can fetch from all queues again"),
        1,
    );
}

/// The processor fetches with a script, once a second, if its waiter may not wait. Catches: a
/// worker that is a thousand times as slow as it could be, while the log says nothing.
#[test]
fn logs_once_that_the_user_has_no_right_to_wait() {
    let kit = testkit::kit!(own);
    let (jobs, _) = fetch_from_two_queues(&kit);
    kit.assert_eq("there is no job yet", jobs, 0);
    kit.command(&[
        "ACL", "SETUSER", "worker", "on", ">secret", "allkeys", "+@all", "-blmove",
    ]);
    let url = kit.url().replace("redis://", "redis://worker:secret@");
    let program = kit.start(&["--redis", &url, "work", "-c", "1"]);
    let logged = || {
        program
            .stderr()
            .matches("cannot wait for the jobs of the queue default")
            .count()
    };
    for number in 1..=2 {
        kit.lpush("queue:default", &[br#"{"class":"SlowWorker","args":[1]}"#]);
        kit.eventually("the job is performed all the same", || processed(&kit) == number);
    }
    kit.eventually("the reason is logged", || logged() > 0);
    kit.command(&["ACL", "SETUSER", "worker", "+blmove"]);
    kit.eventually("its end is logged", || {
        program
            .stderr()
            .contains("can wait for the jobs of the queue default again")
    });
    kit.assert_eq("one line gave the reason", logged(), 1);
}
