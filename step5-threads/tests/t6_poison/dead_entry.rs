//! What the dead set keeps of a poison pill.

use std::time::Duration;

use serde_json::{Value, json};
use sidepunch::Config;
use testkit::{Kit, epoch_seconds};

use crate::server::{add_in_flight, card, failed, keys_with, processed, quick, start};
use crate::support::order;
use crate::t5_recover::common::{process, run};

/// A job without a jid.
const PILL: &str = r#"{"class":"PillWorker","args":["lost"]}"#;

/// Recovers a process that held these jobs of the queue `other`, each of which has seen two
/// crashes. Returns what `dead` keeps, with the scores.
pub fn buried(kit: &Kit, jobs: &[&[u8]]) -> Vec<(Vec<u8>, f64)> {
    for job in jobs {
        kit.command(&[b"HSET", b"sidepunch:crashes".as_slice(), job, b"2"]);
        add_in_flight(kit, "gone:1:abc", "0", "other", job);
    }
    process(kit, "gone:1:abc", -1.0, "other", &[]);
    let running = run(kit, &["default"]);
    kit.eventually("nothing is left of the process", || keys_with(kit, "gone:").is_empty());
    running.stop();
    kit.assert_eq("no job is in its queue", kit.list("queue:other"), Vec::<String>::new());
    kit.query(&["ZRANGE", "dead", "0", "-1", "WITHSCORES"])
}

/// Catches: another time or unit, an `error_class` that is not the documented one, a job without a
/// jid, with one that is `null`, or with the queue that its payload names, args that are written
/// again; a job that counts as performed, failed or retried.
#[test]
fn a_poison_pill_is_kept_with_the_reason_and_the_time() {
    let kit = testkit::kit!();
    let before = epoch_seconds();
    let pill = br#"{"class":"PillWorker","args":[1e2,"\u00e9"],"jid":null,"queue":"elsewhere","retry":0,"retry_count":3,"odd":{"a": 1}}"#;
    let dead = buried(&kit, &[pill]);
    let after = epoch_seconds();
    kit.assert_eq("one job is dead", dead.len(), 1);
    let (entry, score) = &dead[0];
    let text = String::from_utf8_lossy(entry);
    let now = |time: f64| (before - 1.0..=after + 1.0).contains(&time);
    kit.assert(
        &format!("it died just now, in seconds since 1970, got {score}"),
        now(*score),
    );
    let job: Value = serde_json::from_slice(entry).unwrap_or_default();
    kit.assert_eq("error_class", job["error_class"].as_str(), Some("PoisonPill"));
    let message = job["error_message"].as_str().unwrap_or_default();
    kit.assert(&format!("error_message is a sentence: {text}"), message.contains(' '));
    let failed_at = &job["failed_at"];
    kit.assert(
        &format!("failed_at is the time, a float of seconds, got {failed_at}"),
        failed_at.is_f64() && failed_at.as_f64().is_some_and(now),
    );
    kit.assert_eq(
        "its queue is the one that it was fetched from",
        job["queue"].as_str(),
        Some("other"),
    );
    let jid = job["jid"].as_str().unwrap_or_default();
    kit.assert(&format!("it has a jid, got {jid:?}"), jid.len() == 24);
    kit.assert_eq("no retry is counted", job["retry_count"].clone(), json!(3));
    for kept in [r#""args":[1e2,"\u00e9"]"#, r#""odd":{"a": 1}"#] {
        kit.assert(&format!("{kept} is as it was: {text}"), text.contains(kept));
    }
    kit.assert_eq(
        "it was not performed, and has not failed",
        (processed(&kit), failed(&kit)),
        (0, 0),
    );
}

/// Only `"dead": false` means that a job is not kept. Catches: a check that the field exists; text
/// that is taken for a boolean; a job that is dropped because it has no retries.
#[test]
fn a_poison_pill_is_kept_unless_dead_is_false() {
    let kit = testkit::kit!();
    let fields = [
        r#""dead":true"#,
        r#""dead":null"#,
        r#""dead":"false""#,
        r#""dead":0"#,
        r#""retry":false"#,
        r#""odd":{"dead":false}"#,
    ];
    let pill = |field: &&str| format!(r#"{{"class":"PillWorker","args":[],{field}}}"#);
    let mut pills: Vec<String> = fields.iter().map(pill).collect();
    pills.push(pill(&r#""dead": false "#));
    let pills: Vec<&[u8]> = pills.iter().map(String::as_bytes).collect();
    let dead = buried(&kit, &pills);
    for field in fields {
        let is_kept = dead
            .iter()
            .any(|(entry, _)| String::from_utf8_lossy(entry).contains(field));
        kit.assert(&format!("a job with {field} is kept"), is_kept);
    }
    kit.assert_eq("the job with `\"dead\": false` is not", dead.len(), fields.len());
}

/// Catches: a `failed_at` or a jid that is written again; the first failure as the time of death;
/// bytes that become text; an empty message that is discarded.
#[test]
fn a_poison_pill_keeps_its_first_failure_and_its_bytes() {
    let kit = testkit::kit!();
    let failed_before = json!({
        "class": "PillWorker", "args": [], "jid": "a jid", "failed_at": 1_700_000_000.5, "error_class": "Failed",
        "error_message": "out of luck",
    });
    let failed_before = failed_before.to_string();
    let bytes: [&[u8]; 3] = [b"\xff no job \xfe", b"{\"class\":\"A\",\"args\":[\"\xff\"]}", b""];
    let before = epoch_seconds();
    let dead = buried(&kit, &[failed_before.as_bytes(), bytes[0], bytes[1], bytes[2]]);
    kit.assert_eq("all are dead", dead.len(), 4);
    kit.assert(
        &format!("they died after {before}, got {dead:?}"),
        dead.iter().all(|(_, score)| *score > before - 1.0),
    );
    let (malformed, others): (Vec<_>, Vec<_>) = dead.iter().partition(|(entry, _)| bytes.contains(&&entry[..]));
    kit.assert_eq("those that are not JSON are as they were", malformed.len(), 3);
    let job: Value = serde_json::from_slice(&others[0].0).unwrap_or_default();
    kit.assert_eq(
        "failed_at is that of the first failure",
        job["failed_at"].as_f64(),
        Some(1_700_000_000.5),
    );
    kit.assert_eq("the jid is the same", job["jid"].as_str(), Some("a jid"));
    kit.assert_eq(
        "error_class is that of the last one",
        job["error_class"].as_str(),
        Some("PoisonPill"),
    );
    let message = job["error_message"].as_str().unwrap_or_default();
    kit.assert(
        &format!("error_message, too, got {message:?}"),
        message.contains(' ') && message != "out of luck",
    );
}

/// Sidekiq's page of dead jobs fails on such a value until a person deletes it. Catches: a poison
/// pill that is not a job, and is kept as it is, or in another way than by the processors.
#[test]
fn a_poison_pill_that_is_not_an_object_is_wrapped() {
    let kit = testkit::kit!();
    let dead = buried(&kit, &[b"42", b" [1e2]"]);
    let mut args = Vec::new();
    for (entry, _) in &dead {
        let entry: Value = serde_json::from_slice(entry).unwrap_or_default();
        kit.assert_eq("its class", entry["class"].as_str(), Some("MalformedMessage"));
        kit.assert_eq(
            "the queue that it was fetched from",
            entry["queue"].as_str(),
            Some("other"),
        );
        for field in ["jid", "error_class", "error_message"] {
            kit.assert(&format!("{field} is a text: {entry}"), entry[field].is_string());
        }
        kit.assert(&format!("failed_at is a float: {entry}"), entry["failed_at"].is_f64());
        args.push(entry["args"].clone());
    }
    args.sort_by_key(Value::to_string);
    kit.assert_eq(
        "the messages are arguments",
        args,
        vec![json!([" [1e2]"]), json!(["42"])],
    );
}

/// Catches: a removal that is not the first write, so that a full Redis refuses it; a crash count
/// that outlives its job there.
#[test]
fn a_poison_pill_is_kept_by_a_full_redis() {
    let kit = testkit::kit!(own);
    let pill = b"a pill".as_slice();
    add_in_flight(&kit, "gone:1:abc", "0", "other", pill);
    kit.command(&["HSET", "sidepunch:crashes", "a pill", "2"]);
    process(&kit, "gone:1:abc", -1.0, "other", &[]);
    kit.command(&["CONFIG", "SET", "maxmemory", "1"]);
    let running = run(&kit, &["default"]);
    kit.eventually("nothing is left of the process", || keys_with(&kit, "gone:").is_empty());
    let dead: Vec<String> = kit.query(&["ZRANGE", "dead", "0", "-1"]);
    kit.assert_eq("the job is dead", dead, vec!["a pill"]);
    kit.assert_eq(
        "no crash is counted any more",
        kit.query::<usize>(&["HLEN", "sidepunch:crashes"]),
        0,
    );
    running.stop();
    kit.command(&["CONFIG", "SET", "maxmemory", "0"]);
}

/// Invariant 2. Catches: a script that, repeated, counts a crash for a job that is dead, or keeps
/// it twice.
#[test]
fn a_poison_pill_is_kept_once_when_the_reply_is_lost() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let config = Config {
        queues: order(&["unused"]),
        lease: Duration::from_millis(500),
        ..quick(proxy.url())
    };
    let running = start(&kit, config);
    let forgotten = || kit.eventually("nothing is left of the process", || keys_with(&kit, "gone:").is_empty());
    // Redis has to learn the scripts first.
    process(&kit, "gone:1:abc", -1.0, "other", &["first".to_owned()]);
    forgotten();
    kit.command(&["HSET", "sidepunch:crashes", PILL, "2"]);
    proxy.cut_after_request("\"lost\"");
    process(&kit, "gone:2:abc", -1.0, "other", &[PILL.to_owned()]);
    forgotten();
    kit.assert_eq("it is dead, once", card(&kit, "dead"), 1);
    kit.assert_eq(
        "only the first job is in its queue",
        kit.list("queue:other"),
        vec!["first"],
    );
    let crashes: Vec<(String, u64)> = kit.query(&["HGETALL", "sidepunch:crashes"]);
    kit.assert_eq("only its crash is counted", crashes, vec![("first".to_owned(), 1)]);
    running.stop();
}

/// Two processes look at the same list, and the other one is faster. Catches: a poison pill that is
/// kept by both, each time with another jid.
#[test]
fn a_poison_pill_that_was_taken_away_is_not_kept() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let config = Config {
        queues: order(&["unused"]),
        lease: Duration::from_millis(500),
        ..quick(proxy.url())
    };
    let running = start(&kit, config);
    let list = "sidepunch:inflight:gone:1:abc:0:other";
    kit.command(&["HSET", "sidepunch:crashes", PILL, "2"]);
    proxy.freeze_after_request(list);
    process(&kit, "gone:1:abc", -1.0, "other", &[PILL.to_owned()]);
    kit.eventually("it has looked at the list", || proxy.fired());
    // A recovery in one step has kept it by now.
    let kept = card(&kit, "dead");
    kit.command(&["DEL", list]);
    proxy.thaw();
    kit.eventually("nothing is left of the process", || keys_with(&kit, "gone:").is_empty());
    kit.assert_eq("it is not kept again", card(&kit, "dead"), kept);
    kit.assert_eq("nor requeued", kit.list("queue:other"), Vec::<String>::new());
    running.stop();
}

/// Catches: a poison pill that is recorded as a retry, or that loses or replaces a field that only
/// a failure changes; the queue of its retries; a score in whole seconds.
#[test]
fn a_poison_pill_keeps_all_other_fields() {
    let kit = testkit::kit!();
    let pills = [1, 2, 3].map(|number| {
        json!({
            "class": "PillWorker", "args": [number], "jid": "a jid", "queue": "elsewhere", "retry_queue": "later",
            "failed_at": null, "retry_count": 2, "enqueued_at": 1_700_000_000.5, "error_backtrace": [], "dead": true,
        })
    });
    let payloads = pills.each_ref().map(Value::to_string);
    let dead = buried(&kit, &payloads.each_ref().map(String::as_bytes));
    kit.assert_eq("all are dead", dead.len(), 3);
    for (entry, _) in &dead {
        let mut entry: Value = serde_json::from_slice(entry).unwrap_or_default();
        kit.assert_eq(
            "its queue is the one that it was fetched from",
            entry["queue"].as_str(),
            Some("other"),
        );
        entry["queue"] = json!("elsewhere");
        if let Some(fields) = entry.as_object_mut() {
            fields.retain(|name, _| !["error_class", "error_message"].contains(&name.as_str()));
        }
        kit.assert(
            &format!("the other fields are as they were: {entry}"),
            pills.contains(&entry),
        );
    }
    // A time has no fraction once in a million times.
    kit.assert(
        &format!("the scores have fractions, got {dead:?}"),
        dead.iter().any(|(_, score)| score.fract() != 0.0),
    );
}
