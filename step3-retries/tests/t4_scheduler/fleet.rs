//! Many processes, one of which is killed again and again.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value, json};

const JOBS: usize = 4_000;
const MOVE_TIMEOUT: Duration = Duration::from_secs(60);

/// Invariant 1, for whole processes: a move that `kill -9` interrupts has happened completely, or
/// not at all. Catches: a move in two steps; a job that two processes move; a payload that is
/// reformatted on the way.
#[test]
fn moves_each_due_job_once_despite_kills() {
    let kit = testkit::kit!();
    // No process fetches from the queue `mailers` in this step, so the moved jobs can be counted
    // there.
    let jobs: HashMap<String, String> = (0..JOBS)
        .map(|number| {
            let jid = format!("{number:024x}");
            let rest = format!(
                r#""class":"A","queue":"mailers","args":[{number},1e2,"\u00e9"],"jid":"{jid}","created_at":1700000000123"#
            );
            (jid, rest)
        })
        .collect();
    let mut pipe = redis::pipe();
    for (number, rest) in jobs.values().enumerate() {
        let set = if number % 2 == 0 { "retry" } else { "schedule" };
        pipe.zadd(set, format!("{{{rest}}}"), 1_700_000_000 + number);
    }
    pipe.exec(&mut kit.redis()).expect("Redis is there");

    let left = || kit.query::<usize>(&["ZCARD", "retry"]) + kit.query::<usize>(&["ZCARD", "schedule"]);
    let moved = || kit.query::<usize>(&["LLEN", "queue:mailers"]);
    let work = || kit.start(&["work", "--poll", "0.02", "--log", "warn"]);
    let _peers: Vec<_> = (0..3).map(|_| work()).collect();
    let mut kills = 0;
    while left() > 0 {
        let victim = work();
        let before = moved();
        kit.eventually_in(MOVE_TIMEOUT, "jobs are moved", || moved() > before + 50 || left() == 0);
        victim.kill();
        kills += 1;
    }
    let list = kit.list("queue:mailers");
    kit.assert_eq(
        &format!("each job is in its queue once, after {kills} kills"),
        list.len(),
        JOBS,
    );
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for payload in &list {
        let job: Value = serde_json::from_str(payload).expect("it is JSON");
        let jid = job["jid"].as_str().unwrap_or_default();
        let Some((jid, rest)) = jobs.get_key_value(jid) else {
            kit.fail(&format!("this job was not scheduled: {payload}"));
        };
        *seen.entry(jid).or_default() += 1;
        let at = job["enqueued_at"].as_f64().unwrap_or_default();
        kit.assert(
            &format!("all bytes are as they were, and enqueued_at is the current time: {payload}"),
            *payload == format!("{{{rest},\"enqueued_at\":{}}}", json!(at)) && at > 1_790_000_000.0,
        );
    }
    kit.assert_eq("no job is missing", seen.len(), JOBS);
}
