//! Where an acknowledged job goes: the score of its entry, and the name of its queue; `InFlight`,
//! called by hand.

use std::sync::Arc;

use sidepunch::{Config, Decision, Outcome, UnitOfWork};
use testkit::{Kit, epoch_seconds};

use crate::server::{ME, add_in_flight, card, failed, in_flight_lists_of, processed, quick, start};
use crate::support::order;

/// A queue whose name looks like that of a key.
const QUEUE: &str = "a:queue:é";

/// Adds a job of [`QUEUE`] to the list of this holder, as a fetch does.
fn held(kit: &Kit, holder: &str) -> Arc<UnitOfWork> {
    add_in_flight(kit, ME, holder, QUEUE, "a job");
    Arc::new(UnitOfWork {
        queue: QUEUE.into(),
        payload: b"a job".to_vec(),
        by_waiter: holder.ends_with("-waits"),
    })
}

#[track_caller]
fn acknowledge(kit: &Kit, job: Arc<UnitOfWork>, outcome: Outcome) {
    let config = Config {
        queues: order(&["first", QUEUE]),
        ..quick(kit.url())
    };
    let result = in_flight_lists_of(ME, 0, &config).acknowledge_and_fetch(&[(job, outcome)], 0);
    kit.assert(&format!("the call succeeds, got {result:?}"), result.is_ok());
    kit.command(&["DEL", &format!("sidepunch:state:{ME}")]);
}

/// An operator may have cleared the queue meanwhile. Catches: a queue that stays invisible on
/// Sidekiq's pages, always or if it holds jobs; the name of its key instead of its own.
#[test]
fn adds_the_queue_of_a_requeued_job_to_the_set_of_queues() {
    let kit = testkit::kit!();
    let queue = format!("queue:{QUEUE}");
    // A client may have pushed a job without adding the name.
    for (holder, others) in [
        ("0", &[][..]),
        ("0", &["other"]),
        ("0-waits", &[]),
        ("0-waits", &["other"]),
    ] {
        others.iter().for_each(|job| kit.lpush(&queue, &[job.as_bytes()]));
        acknowledge(&kit, held(&kit, holder), Outcome::Requeued);
        kit.assert_eq(
            "the job is the next one",
            kit.list(&queue),
            [others, &["a job"]].concat(),
        );
        kit.assert_eq(
            "its queue is in `queues`",
            kit.query::<Vec<String>>(&["SMEMBERS", "queues"]),
            vec![QUEUE],
        );
        kit.command(&["DEL", &queue, "queues"]);
    }
}

/// Invariant 4. Catches: a name that is added before the script knows whether it holds the job, so
/// that Sidekiq's pages show a queue that an operator has deleted.
#[test]
fn adds_no_queue_for_a_job_that_was_taken_away() {
    let kit = testkit::kit!();
    let job = held(&kit, "0");
    kit.command(&["DEL", &format!("sidepunch:inflight:{ME}:0:{QUEUE}")]);
    acknowledge(&kit, job, Outcome::Requeued);
    let queues: Vec<String> = kit.query(&["SMEMBERS", "queues"]);
    kit.assert_eq("`queues` is empty", queues, Vec::<String>::new());
}

/// Catches: a score that loses digits, because Lua turns a number into text with 14 of them; a
/// score in whole seconds.
#[test]
fn stores_scores_to_the_microsecond() {
    let kit = testkit::kit!();
    let at = 1_795_454_181.123_456;
    let payload = b"to be retried".to_vec();
    acknowledge(&kit, held(&kit, "0"), Outcome::Failed(Decision::Retry { payload, at }));
    let score: Option<f64> = kit.query(&["ZSCORE", "retry", "to be retried"]);
    kit.assert_eq("the score in `retry` is that of the decision", score, Some(at));
    // One time in a million the time has no fraction, so one job is not enough.
    for number in 0..3 {
        let entry = format!("dead {number}");
        let before = epoch_seconds();
        acknowledge(
            &kit,
            held(&kit, "0"),
            Outcome::Failed(Decision::Dead(entry.clone().into_bytes())),
        );
        let score: Option<f64> = kit.query(&["ZSCORE", "dead", &entry]);
        kit.assert(
            &format!("the score in `dead` is the time of the call, which is after {before}, got {score:?}"),
            score.is_some_and(|score| (before - 1e-5..=epoch_seconds() + 1e-5).contains(&score)),
        );
    }
}

/// An empty message is malformed, and its entry is as empty. Catches: an empty entry that is taken
/// for none, so that the message is lost.
#[test]
fn stores_an_empty_message_in_the_dead_set() {
    let kit = testkit::kit!();
    acknowledge(&kit, held(&kit, "0"), Outcome::Failed(Decision::Dead(Vec::new())));
    let dead: Vec<String> = kit.query(&["ZRANGE", "dead", "0", "-1"]);
    kit.assert_eq("`dead` has the empty entry", dead, vec![""]);
}

/// An equal message went to `dead` 200 days ago. Catches: a time of death that stays, so that the
/// entry is removed as too old; a job that is not counted, or a set that is not trimmed, because its
/// entry is not new.
#[test]
fn stores_a_message_again_that_is_in_the_dead_set() {
    let kit = testkit::kit!();
    let before = epoch_seconds();
    let old = (before - 200.0 * 86_400.0).to_string();
    kit.command(&["ZADD", "dead", &old, "equal", &old, "another"]);
    acknowledge(
        &kit,
        held(&kit, "0"),
        Outcome::Failed(Decision::Dead(b"equal".to_vec())),
    );
    let score: Option<f64> = kit.query(&["ZSCORE", "dead", "equal"]);
    kit.assert(
        &format!("the score in `dead` is the time of the call, which is after {before}, got {score:?}"),
        score.is_some_and(|score| score >= before - 1e-5),
    );
    kit.assert_eq("an entry of that time is removed", card(&kit, "dead"), 1);
    kit.assert_eq("it is counted", (processed(&kit), failed(&kit)), (1, 1));
}

/// Catches: a rank below zero, which counts from the newest entry.
#[test]
fn keeps_every_entry_of_a_dead_set_below_its_limit() {
    let kit = testkit::kit!();
    let fill = "for i = 1, 6000 do redis.call('ZADD', KEYS[1], ARGV[1] + i / 1e3, i) end";
    kit.command(&["EVAL", fill, "1", "dead", &(epoch_seconds() - 60.0).to_string()]);
    acknowledge(&kit, held(&kit, "0"), Outcome::Failed(Decision::Dead(b"dead".to_vec())));
    kit.assert_eq("all entries are in `dead`", card(&kit, "dead"), 6_001);
}

/// Only `dead` has a limit. Catches: a script that trims `retry` as well, or that trims `dead` when a
/// job is retried.
#[test]
fn keeps_every_job_in_retry() {
    let kit = testkit::kit!();
    let fill = "for i = 1, 10000 do redis.call('ZADD', KEYS[1], i, i) end";
    kit.command(&["EVAL", fill, "1", "retry"]);
    let (payload, at) = (b"to be retried".to_vec(), 1_795_454_181.5);
    kit.command(&["ZADD", "dead", &(at - 181.0 * 86_400.0).to_string(), "old"]);
    acknowledge(&kit, held(&kit, "0"), Outcome::Failed(Decision::Retry { payload, at }));
    kit.assert_eq("all jobs are in `retry`", card(&kit, "retry"), 10_001);
    kit.assert_eq("`dead` is as it was", card(&kit, "dead"), 1);
}

/// An operator has cleared the queue, and no job has come since. Catches: a name that each call or
/// wait adds, so that Sidekiq's pages show a queue without jobs again.
#[test]
fn adds_no_queue_in_which_it_finds_no_job() {
    let kit = testkit::kit!();
    let config = Config {
        batch: 1,
        ..quick(kit.url())
    };
    let running = start(&kit, config);
    kit.eventually("it waits for jobs", || kit.blocked() > 0);
    running.stop();
    let queues: Vec<String> = kit.query(&["SMEMBERS", "queues"]);
    kit.assert_eq("`queues` is empty", queues, Vec::<String>::new());
}

/// Catches: a name that is added whatever became of the job, so that Sidekiq's pages show a queue
/// that an operator has deleted.
#[test]
fn adds_no_queue_for_a_job_that_is_not_requeued() {
    let kit = testkit::kit!();
    let outcomes = || {
        [
            Outcome::Succeeded,
            Outcome::Failed(Decision::Retry {
                payload: b"kept".to_vec(),
                at: 1.5,
            }),
            Outcome::Failed(Decision::Dead(b"kept".to_vec())),
            Outcome::Failed(Decision::Discard),
            Outcome::StillRunning,
        ]
    };
    for holder in ["0", "0-waits"] {
        for outcome in outcomes() {
            let sentence = format!("`queues` is empty after {outcome:?}");
            acknowledge(&kit, held(&kit, holder), outcome);
            let queues: Vec<String> = kit.query(&["SMEMBERS", "queues"]);
            kit.assert_eq(&sentence, queues, Vec::<String>::new());
            kit.command(&["DEL", &format!("sidepunch:inflight:{ME}:{holder}:{QUEUE}")]);
        }
    }
}

/// Catches: a job that is requeued to the queue that its payload names.
#[test]
fn requeues_a_job_to_the_queue_that_it_came_from() {
    let kit = testkit::kit!();
    let payload = br#"{"class":"A","args":[],"queue":"elsewhere"}"#;
    add_in_flight(&kit, ME, "0", QUEUE, payload);
    let job = UnitOfWork {
        queue: QUEUE.into(),
        payload: payload.to_vec(),
        by_waiter: false,
    };
    acknowledge(&kit, Arc::new(job), Outcome::Requeued);
    kit.assert_eq("it is in this queue", kit.list(&format!("queue:{QUEUE}")).len(), 1);
    let queues: Vec<String> = kit.query(&["SMEMBERS", "queues"]);
    kit.assert_eq("only this queue is in `queues`", queues, vec![QUEUE]);
}

/// An equal payload is in `retry` already. Catches: an entry that keeps its first time.
#[test]
fn gives_a_job_that_is_in_retry_its_new_time() {
    let kit = testkit::kit!();
    kit.command(&["ZADD", "retry", "1.5", "to be retried"]);
    let (payload, at) = (b"to be retried".to_vec(), 1_795_454_181.5);
    acknowledge(&kit, held(&kit, "0"), Outcome::Failed(Decision::Retry { payload, at }));
    let score: Option<f64> = kit.query(&["ZSCORE", "retry", "to be retried"]);
    kit.assert_eq("the score is the new time", score, Some(at));
}
