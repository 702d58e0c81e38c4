//! Task 3.2: Redis stores the decision about a failed job.

use std::sync::Arc;

use sidepunch::Connections;
use sidepunch::{Decision, Error, SortedSets};
use testkit::Kit;

const NOW: f64 = 1_795_454_181.25;
const DAY: f64 = 86_400.0;

fn sets(url: &str) -> SortedSets {
    SortedSets::new(Arc::new(Connections::new(url).expect("a URL of a Redis")))
}

fn apply(kit: &Kit, decision: &Decision) {
    if let Err(error) = sets(&kit.url()).apply(decision, NOW) {
        kit.fail(&format!("Redis is there, and `apply` returned an error: {error}"));
    }
}

/// Returns the members of a sorted set, with their scores.
fn members(kit: &Kit, set: &str) -> Vec<(Vec<u8>, f64)> {
    kit.query(&["ZRANGE", set, "0", "-1", "WITHSCORES"])
}

/// Catches: another set; another score (an integer, milliseconds, the time of the failure); a
/// payload that is decoded, as JSON or as text.
#[test]
fn stores_a_retry_with_its_due_time() {
    let kit = testkit::kit!();
    let payload = b"{\"class\":\"A\",\"args\":[\"\\u00e9\",1e2]} \xff\x00".to_vec();
    let at = NOW + 15.625;
    apply(
        &kit,
        &Decision::Retry {
            payload: payload.clone(),
            at,
        },
    );
    kit.assert_eq(
        "`retry` contains the payload, and the score is its due time",
        members(&kit, "retry"),
        vec![(payload, at)],
    );
    kit.assert_eq("nothing else is written", kit.keys(), vec!["retry"]);
}

/// Catches: the wrong set; a score that is not the time of death; bytes that are read as text.
#[test]
fn stores_a_dead_job_with_the_current_time() {
    let kit = testkit::kit!();
    let payload = b"not a job \xff\x00".to_vec();
    apply(&kit, &Decision::Dead(payload.clone()));
    kit.assert_eq(
        "`dead` contains the payload, and the score is the current time",
        members(&kit, "dead"),
        vec![(payload, NOW)],
    );
    kit.assert_eq("nothing else is written", kit.keys(), vec!["dead"]);
}

/// Catches: a dead set that is never trimmed, or that loses its newest jobs.
#[test]
fn removes_dead_jobs_after_180_days() {
    let kit = testkit::kit!();
    for (days, name) in [
        (181.0, "too old"),
        (180.0, "just too old"),
        (179.999, "old"),
        (1.0, "young"),
    ] {
        kit.command(&["ZADD", "dead", &(NOW - days * DAY).to_string(), name]);
    }
    apply(&kit, &Decision::Dead(b"new".to_vec()));
    let kept: Vec<_> = members(&kit, "dead").into_iter().map(|(name, _)| name).collect();
    kit.assert_eq(
        "jobs that died 180 days ago or earlier are removed, and no others",
        kept,
        vec![b"old".to_vec(), b"young".to_vec(), b"new".to_vec()],
    );
}

/// Catches: no limit; a limit that is off by one; a limit that removes the newest job, or only one.
#[test]
fn keeps_the_newest_10_000_dead_jobs() {
    let kit = testkit::kit!();
    let mut zadd = vec!["ZADD".to_owned(), "dead".to_owned()];
    // Sidekiq's limit may be a higher one.
    for number in 0..10_002 {
        zadd.extend([
            (NOW - 20_000.0 + f64::from(number)).to_string(),
            format!("job {number}"),
        ]);
    }
    kit.command(&zadd);
    apply(&kit, &Decision::Dead(b"new".to_vec()));
    let kept = members(&kit, "dead");
    kit.assert_eq("10,000 jobs are kept", kept.len(), 10_000);
    kit.assert_eq("the oldest jobs are removed", kept[0].0.clone(), b"job 3".to_vec());
    kit.assert_eq("the new job is there", kept[9_999].0.clone(), b"new".to_vec());
}

/// Invariant 1. A crash between two of the commands would leave a set that is over its limits, or
/// one that was trimmed without the new job. Catches: commands that are sent one by one.
#[test]
fn adds_to_the_dead_set_and_trims_it_atomically() {
    let kit = testkit::kit!();
    apply(&kit, &Decision::Dead(b"new".to_vec()));
    // The text of a script is not one of its commands.
    let is_command = |command: &String| !command.starts_with("EVAL") && !command.starts_with("SCRIPT");
    let commands: Vec<String> = kit.commands().into_iter().filter(is_command).collect();
    let add = commands.iter().position(|command| command.contains("ZADD"));
    let last = commands.iter().rposition(|command| command.contains("ZREM"));
    let (Some(add), Some(last)) = (add, last) else {
        kit.fail("the payload is added to `dead`, and `dead` is trimmed (ZREMRANGEBYSCORE, ZREMRANGEBYRANK)");
    };
    let script = [add, last].iter().all(|at| commands[*at].starts_with("lua: "));
    let ends = |command: &String| command.starts_with("EXEC");
    let transaction = commands[..add].iter().any(|command| command.starts_with("MULTI"))
        && commands[last..].iter().any(ends)
        && !commands[add..last].iter().any(ends);
    kit.assert(
        "the job is added and the set trimmed in one MULTI, or in one script",
        script || transaction,
    );
}

/// Catches: a discarded job that is stored, or that waits for Redis.
#[test]
fn writes_nothing_for_a_discarded_job() {
    let kit = testkit::kit!();
    apply(&kit, &Decision::Discard);
    kit.assert_eq("nothing is written", kit.keys(), Vec::<String>::new());
    let proxy = kit.proxy();
    proxy.refuse();
    let dropped = sets(&proxy.url()).apply(&Decision::Discard, NOW);
    kit.assert(
        &format!("there is nothing to write, so Redis is not needed, got {dropped:?}"),
        dropped.is_ok(),
    );
}

/// If the reply is lost, the call is repeated, and must add one job, not two. Catches: a list; a
/// counter in the payload.
#[test]
fn has_the_same_effect_when_repeated() {
    let kit = testkit::kit!();
    let retry = Decision::Retry {
        payload: b"{}".to_vec(),
        at: NOW + 15.0,
    };
    for decision in [
        &retry,
        &retry,
        &Decision::Dead(b"x".to_vec()),
        &Decision::Dead(b"x".to_vec()),
    ] {
        apply(&kit, decision);
    }
    kit.assert_eq("one job is in `retry`", members(&kit, "retry").len(), 1);
    kit.assert_eq("one job is in `dead`", members(&kit, "dead").len(), 1);
}

/// The caller must know it, otherwise the job is lost. Catches: an error that is dropped.
#[test]
fn returns_an_error_if_the_job_cannot_be_stored() {
    let kit = testkit::kit!();
    for (set, decision) in [
        (
            "retry",
            Decision::Retry {
                payload: b"{}".to_vec(),
                at: NOW,
            },
        ),
        ("dead", Decision::Dead(b"{}".to_vec())),
    ] {
        kit.command(&["SET", set, "no sorted set"]);
        let refused = sets(&kit.url()).apply(&decision, NOW);
        kit.assert(
            &format!("a key of another type leads to Error::Refused, got {refused:?}"),
            matches!(refused, Err(Error::Refused { .. })),
        );
        let proxy = kit.proxy();
        proxy.refuse();
        let away = sets(&proxy.url()).apply(&decision, NOW);
        kit.assert(
            &format!("an unreachable Redis leads to Error::Unreachable, got {away:?}"),
            matches!(away, Err(Error::Unreachable { .. })),
        );
    }
}

/// The connection is open, and its server has become a replica. Catches: a decision that is refused
/// by the old server for good, so that failed jobs reach neither `retry` nor `dead`.
#[test]
fn stores_decisions_at_the_new_leader() {
    let kit = testkit::kit!(own);
    let servers = kit.failover();
    let sets = sets(&servers.url());
    let decisions = |jid| {
        let payload = format!(r#"{{"class":"A","args":[],"jid":"{jid}"}}"#).into_bytes();
        let retry = Decision::Retry {
            payload: payload.clone(),
            at: NOW,
        };
        [retry, Decision::Dead(payload)]
    };
    for round in 0..=2 {
        for decision in decisions(round) {
            // An outage is reported once, and then the job is stored.
            let stored = sets.apply(&decision, NOW).or_else(|_| sets.apply(&decision, NOW));
            kit.assert(&format!("the decision is stored, got {stored:?}"), stored.is_ok());
        }
        let stored = ["retry", "dead"].map(|set| servers.query::<usize>(&["ZCARD", set]));
        let expected = if servers.is_linked() { round + 1 } else { 1 };
        kit.assert_eq("both sets of the leader contain the job", stored, [expected, expected]);
        servers.fail_over();
    }
}

/// A malformed message may come a second time, half a year after the first one. Catches: a member
/// that keeps its old score, so that it is removed at once; the time of the first failure as the
/// score in `dead`.
#[test]
fn gives_a_payload_that_is_already_stored_its_new_score() {
    let kit = testkit::kit!();
    let payload = br#"{"class":"A","args":[],"failed_at":1700000000.5,"retry_count":1}"#.to_vec();
    for set in ["retry", "dead"] {
        kit.command(&[b"ZADD", set.as_bytes(), b"1", &payload]);
    }
    let retry = Decision::Retry {
        payload: payload.clone(),
        at: NOW + 15.0,
    };
    apply(&kit, &retry);
    apply(&kit, &Decision::Dead(payload.clone()));
    kit.assert_eq(
        "the score in `retry` is the new due time",
        members(&kit, "retry"),
        vec![(payload.clone(), NOW + 15.0)],
    );
    kit.assert_eq(
        "the score in `dead` is the current time",
        members(&kit, "dead"),
        vec![(payload, NOW)],
    );
}

/// Catches: a range that begins with 0.
#[test]
fn removes_dead_jobs_whose_time_is_negative() {
    let kit = testkit::kit!();
    kit.command(&["ZADD", "dead", "-1", "old"]);
    apply(&kit, &Decision::Dead(b"new".to_vec()));
    kit.assert_eq(
        "only the new job is in `dead`",
        members(&kit, "dead"),
        vec![(b"new".to_vec(), NOW)],
    );
}
