//! `Server`, with several queues.

use std::time::Duration;

use serde_json::{Value, json};
use sidepunch::{Config, Error, Server};
use testkit::Kit;

use crate::support::{order, scripted};

fn push(kit: &Kit, queue: &str, job: Value) {
    kit.lpush(&format!("queue:{queue}"), &[job.to_string().as_bytes()]);
}

/// Processes all jobs of these queues, and returns the numbers of those that were performed.
fn process_all(kit: &Kit, queues: &[&str]) -> Vec<u64> {
    let (worker, begun, _gate) = scripted(kit);
    let config = Config {
        redis: kit.url(),
        queues: order(queues),
        block: Duration::from_millis(20),
        ..Config::default()
    };
    let mut server = Server::new(config).expect("a URL of a Redis").register(worker);
    let done = kit.within(Duration::from_secs(10), "all jobs are processed", move || {
        while server.process_one()? {}
        Ok::<(), Error>(())
    });
    kit.assert(&format!("Redis is there, got {done:?}"), done.is_ok());
    begun.try_iter().collect()
}

/// The weakness of step 3 is gone. Catches: one list for all jobs.
#[test]
fn performs_urgent_jobs_first() {
    let kit = testkit::kit!();
    for number in 1..=3 {
        push(&kit, "low", json!({"class": "ScriptedWorker", "args": [number, []]}));
    }
    push(&kit, "critical", json!({"class": "ScriptedWorker", "args": [7, []]}));
    push(&kit, "other", json!({"class": "ScriptedWorker", "args": [8, []]}));
    kit.assert_eq(
        "the urgent job is first, then the others follow in order",
        process_all(&kit, &["critical", "low"]),
        vec![7, 1, 2, 3],
    );
    kit.assert_eq(
        "the job of a queue that was not given stays",
        kit.list("queue:other").len(),
        1,
    );
}

/// Invariant 3. A retry that came back through another queue would wait behind its jobs, or be
/// fetched by processes that do not have its worker. Catches: a retry that goes to the first queue,
/// to `default`, or to the queue that the payload names.
#[test]
fn returns_a_retry_to_its_original_queue() {
    let kit = testkit::kit!();
    let failing = |jid: &str| json!({"class": "ScriptedWorker", "args": [1, ["fail"]], "jid": jid});
    let named = |jid: &str, queue: &str| {
        let mut job = failing(jid);
        job["queue"] = json!(queue);
        job
    };
    push(&kit, "low", named("usual", "low"));
    push(&kit, "low", named("moved", "critical"));
    push(&kit, "low", failing("nameless"));
    let mut odd = failing("odd");
    odd["queue"] = json!(7);
    push(&kit, "low", odd);
    push(&kit, "critical", named("urgent", "critical"));
    let mut own = named("own", "low");
    own["retry_queue"] = json!("slow");
    push(&kit, "low", own);
    let mut dead = named("dead", "critical");
    dead["retry"] = json!(0);
    push(&kit, "low", dead);
    kit.assert_eq("all were performed", process_all(&kit, &["critical", "low"]).len(), 7);
    let retries: Vec<String> = kit.query(&["ZRANGE", "retry", "0", "-1"]);
    let dead: Vec<String> = kit.query(&["ZRANGE", "dead", "0", "-1"]);
    let queue_of = |jid: &str| {
        let jobs = retries
            .iter()
            .chain(&dead)
            .filter_map(|job| serde_json::from_str::<Value>(job).ok());
        jobs.into_iter().find(|job| job["jid"] == jid).unwrap_or_default()["queue"].clone()
    };
    for (jid, queue, why) in [
        ("usual", "low", "its payload contains this queue"),
        (
            "moved",
            "low",
            "its payload contains another queue, but it came from low",
        ),
        ("nameless", "low", "its payload contains no queue, and it came from low"),
        ("odd", "low", "its queue is not a name, and it came from low"),
        ("urgent", "critical", "its payload contains this queue"),
        ("own", "slow", "its retry_queue is preferred"),
        ("dead", "low", "Sidekiq's Web UI requeues it to where it came from"),
    ] {
        kit.assert_eq(
            &format!("the queue of the job {jid:?}: {why}"),
            queue_of(jid),
            json!(queue),
        );
    }
}

/// A retry is the same job, byte for byte. Catches: a `queue` that is written although it is the
/// right one already, so that its spelling changes.
#[test]
fn keeps_the_spelling_of_the_right_queue() {
    let kit = testkit::kit!();
    let queue = r#""queue":"caf\u00e9""#;
    let payload = format!(r#"{{"class":"ScriptedWorker","args":[1,["fail"]],"jid":"abc",{queue}}}"#);
    kit.lpush("queue:café", &[payload.as_bytes()]);
    kit.assert_eq("it was performed", process_all(&kit, &["critical", "café"]), vec![1]);
    let retries: Vec<String> = kit.query(&["ZRANGE", "retry", "0", "-1"]);
    kit.assert(
        &format!("the retry contains {queue}: {retries:?}"),
        retries.len() == 1 && retries[0].contains(queue),
    );
}

/// A person who looks for the sender of a malformed message needs its queue. Catches: `default` in
/// each entry of the dead set.
#[test]
fn records_the_queue_of_a_malformed_message() {
    let kit = testkit::kit!();
    kit.lpush("queue:low", &[b"42"]);
    kit.assert_eq("no job was performed", process_all(&kit, &["critical", "low"]).len(), 0);
    let dead: Vec<String> = kit.query(&["ZRANGE", "dead", "0", "-1"]);
    kit.assert_eq("one message is dead", dead.len(), 1);
    let entry: Value = serde_json::from_str(&dead[0]).unwrap_or_default();
    kit.assert_eq(
        "its queue is the one that it came from",
        entry["queue"].clone(),
        json!("low"),
    );
    kit.assert_eq("the message is its argument", entry["args"].clone(), json!(["42"]));
}
