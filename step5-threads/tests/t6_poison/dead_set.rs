//! A job that crashes its processes again and again goes to the dead set.

use std::time::Duration;

use serde_json::{Value, json};

use testkit::epoch_seconds;

use super::dead_entry::buried;
use crate::server::{begins, card, keys_with};
use crate::t5_recover::common::{job, process, run};

/// A job that crashes its process would crash all processes, one after the other. Catches: crashes
/// counted by process, or by the jid in the payload; a limit of four crashes; a job that is lost
/// because it has `"dead": false`, or because it is malformed; a count that outlives the job.
#[test]
fn moves_a_poison_pill_to_the_dead_set_at_the_third_crash() {
    let kit = testkit::kit!();
    let pill = job(1);
    let no_dead_set = r#"{"class":"ScriptedWorker","args":[2,[]],"dead":false}"#.to_owned();
    let (innocent, malformed) = (job(3), "not a job".to_owned());
    for (job, crashes) in [(&pill, "2"), (&no_dead_set, "2"), (&malformed, "2"), (&innocent, "1")] {
        kit.command(&["HSET", "sidepunch:crashes", job, crashes]);
    }
    process(
        &kit,
        "gone:1:abc",
        -1.0,
        "default",
        &[pill, no_dead_set, malformed, innocent],
    );
    let running = run(&kit, &["default"]);
    kit.assert_eq(
        "the job that has seen two crashes is performed again",
        begins(&kit, &running.begun),
        3,
    );
    kit.eventually("the crashed process is removed", || keys_with(&kit, "gone:").is_empty());
    let mut dead: Vec<String> = kit.query(&["ZRANGE", "dead", "0", "-1"]);
    kit.assert(
        "the malformed message is in `dead` as it was",
        dead.iter().any(|entry| entry == "not a job"),
    );
    dead.retain(|entry| entry != "not a job");
    kit.assert_eq(
        "one other job is in `dead`, because the third has `\"dead\": false`",
        dead.len(),
        1,
    );
    let entry: Value = serde_json::from_str(&dead[0]).unwrap_or_default();
    kit.assert_eq("it is the first job", entry["args"].clone(), json!([1, []]));
    let has_reason = ["error_class", "error_message"]
        .iter()
        .all(|key| entry[*key].as_str().is_some_and(|text| !text.is_empty()));
    kit.assert(
        &format!("error_class and error_message contain the reason: {entry}"),
        has_reason,
    );
    kit.assert("no other job was performed", running.begun.try_recv().is_err());
    kit.eventually("the crash counts are removed", || {
        kit.query::<usize>(&["HLEN", "sidepunch:crashes"]) == 0
    });
    running.stop();
}

/// Catches: equal payloads of which the first goes to the dead set, and the count of the second
/// starts again, or the second is discarded; a queue that is left out because it is the default.
#[test]
fn moves_equal_poison_pills_to_the_dead_set_together() {
    let kit = testkit::kit!();
    // Each entry gets a jid of its own.
    let pill = r#"{"class":"PillWorker","args":[]}"#.to_owned();
    kit.command(&["HSET", "sidepunch:crashes", &pill, "2"]);
    process(&kit, "gone:1:abc", -1.0, "default", &[pill.clone(), pill]);
    let running = run(&kit, &["other"]);
    kit.eventually("no key of the crashed process is left", || {
        keys_with(&kit, "gone:1:abc").is_empty()
    });
    kit.assert_eq(
        "neither job is in its queue",
        kit.list("queue:default"),
        Vec::<String>::new(),
    );
    let dead: Vec<String> = kit.query(&["ZRANGE", "dead", "0", "-1"]);
    kit.assert_eq("both are in `dead`", dead.len(), 2);
    kit.assert(
        &format!("with a jid and the queue that they were fetched from: {dead:?}"),
        dead.iter()
            .all(|entry| entry.contains(r#""jid":""#) && entry.contains(r#""queue":"default""#)),
    );
    kit.assert(
        "its crash count is removed",
        !kit.keys().contains(&"sidepunch:crashes".to_owned()),
    );
    running.stop();
}

/// The dead set keeps its jobs for 180 days. Catches: jobs that are removed, or a set that expires,
/// after the 72 hours of the crash counts; an equal entry that keeps its time, so that it is removed
/// too soon; an object without a class that is discarded.
#[test]
fn keeps_what_the_dead_set_contains() {
    let kit = testkit::kit!();
    let before = epoch_seconds();
    let old = (before - 100.0 * 86_400.0).to_string();
    kit.command(&["ZADD", "dead", &old, "an old job", &old, "not a job"]);
    let pills = ["not a job", r#"{"dead":false}"#].map(str::to_owned);
    for pill in &pills {
        kit.command(&["HSET", "sidepunch:crashes", pill, "2"]);
    }
    process(&kit, "gone:1:abc", -1.0, "other", &pills);
    let running = run(&kit, &["default"]);
    kit.eventually("the crashed process is removed", || keys_with(&kit, "gone:").is_empty());
    running.stop();
    let dead: Vec<(String, f64)> = kit.query(&["ZRANGE", "dead", "0", "-1", "WITHSCORES"]);
    kit.assert_eq("both poison pills and the old job are dead", dead.len(), 3);
    kit.assert_eq("the old job is the first", dead[0].0.as_str(), "an old job");
    kit.assert(
        &format!("the equal entry has the time of the last crash: {dead:?}"),
        dead.iter()
            .any(|(entry, at)| entry == "not a job" && *at > before - 1.0),
    );
    kit.assert_eq("the set does not expire", kit.query::<i64>(&["TTL", "dead"]), -1);
}

/// Catches: a `retry_count` for a job that has not failed; a jid that is not a text.
#[test]
fn adds_only_the_documented_fields() {
    let kit = testkit::kit!();
    let dead = buried(&kit, &[br#"{"class":"PillWorker","args":[],"jid":42}"#]);
    let entry: Value = serde_json::from_slice(&dead[0].0).unwrap_or_default();
    let fields: Vec<&String> = entry.as_object().into_iter().flat_map(|entry| entry.keys()).collect();
    let failure = ["error_class", "error_message", "failed_at"];
    kit.assert_eq(
        "the fields of the entry, sorted",
        fields,
        [&["args", "class"][..], &failure, &["jid", "queue"]].concat(),
    );
    kit.assert(&format!("the jid is a text: {entry}"), entry["jid"].is_string());
}

/// The job before the poison pill cannot be requeued. Catches: a loop that goes on after an error.
#[test]
fn stops_at_a_job_that_cannot_be_requeued() {
    let kit = testkit::kit!();
    kit.command(&["SET", "queue:other", "not a list"]);
    kit.command(&["HSET", "sidepunch:crashes", &job(1), "2"]);
    process(&kit, "gone:1:abc", -1.0, "other", &[job(1), job(2)]);
    let running = run(&kit, &["default"]);
    let list = "LRANGE \"sidepunch:inflight:gone:1:abc:0:other\"";
    let tried = || {
        kit.commands()
            .iter()
            .filter(|command| command.starts_with(list))
            .count()
    };
    kit.eventually("the recovery is repeated", || tried() > 1);
    kit.assert_eq("`dead` is empty", card(&kit, "dead"), 0);
    kit.command(&["DEL", "queue:other"]);
    kit.eventually("both are recovered at the end", || keys_with(&kit, "gone:").is_empty());
    kit.assert_eq("the poison pill is in `dead`", card(&kit, "dead"), 1);
    running.stop();
}

/// Catches: a log that counts the poison pill among the recovered jobs, or that does not name it.
#[test]
fn logs_a_poison_pill_beside_the_jobs_that_were_recovered() {
    let kit = testkit::kit!();
    process(
        &kit,
        "crashed-host:17:0123456789ab",
        -1.0,
        "default",
        &[job(1), job(2), job(3)],
    );
    kit.command(&["HSET", "sidepunch:crashes", &job(2), "2"]);
    let program = kit.start(&["work", "-q", "other", "--lease", "0.5"]);
    kit.eventually_in(Duration::from_secs(20), "the process is removed", || {
        keys_with(&kit, "crashed-host").is_empty()
    });
    // The log lines are written separately from the jobs, and may come later.
    let jid = format!("{:024x}", 2);
    kit.eventually("the log contains the crashed process and the poison pill", || {
        let log = program.stderr();
        log.contains("crashed-host") && log.contains(&jid)
    });
    let log = program.stderr();
    let logged = |text: &str| log.lines().filter(|line| line.contains(text)).collect::<Vec<_>>();
    let crashed = logged("crashed-host");
    kit.assert_eq("one line is about the crashed process", crashed.len(), 1);
    let counts = crashed[0].split(|c: char| !c.is_alphanumeric()).any(|word| word == "2");
    kit.assert(
        &format!(
            "the line contains the number of requeued jobs, which is 2: {}",
            crashed[0]
        ),
        counts,
    );
    let poison_pill = logged(&jid);
    kit.assert_eq("one line is about the poison pill", poison_pill.len(), 1);
}

/// Catches: a job that is removed before it is certain that `dead` can store it; one poison pill
/// that blocks all other recoveries.
#[test]
fn keeps_a_poison_pill_that_cannot_be_stored() {
    let kit = testkit::kit!();
    let running = run(&kit, &["default"]);
    kit.command(&["SET", "dead", "no sorted set"]);
    kit.command(&["HSET", "sidepunch:crashes", &job(3), "2"]);
    process(&kit, "gone:3:abc", -1.0, "default", &[job(3)]);
    process(&kit, "gone:4:abc", -1.0, "default", &[job(4)]);
    kit.assert_eq("the other job is performed", begins(&kit, &running.begun), 4);
    kit.eventually("the server tries the poison pill several times", || {
        let commands = kit.commands();
        commands
            .iter()
            .filter(|command| command.contains("sidepunch:inflight:gone:3:abc:0:default"))
            .count()
            > 6
    });
    kit.command(&["DEL", "dead"]);
    kit.eventually("it is moved to `dead` when this is possible", || {
        card(&kit, "dead") == 1
    });
    running.stop();
}

/// Catches: a poison pill that ends the recovery of its list, so that the innocent jobs behind it
/// stay there.
#[test]
fn a_poison_pill_that_cannot_be_kept_does_not_block_its_list() {
    let kit = testkit::kit!();
    let running = run(&kit, &["default"]);
    kit.command(&["SET", "dead", "not a sorted set"]);
    kit.command(&["HSET", "sidepunch:crashes", &job(2), "2"]);
    // The last one is at the head, where a recovery begins.
    process(&kit, "gone:1:abc", -1.0, "default", &[job(1), job(2)]);
    kit.assert_eq("the job behind it is performed", begins(&kit, &running.begun), 1);
    kit.assert_eq(
        "the poison pill stays",
        kit.list("sidepunch:inflight:gone:1:abc:0:default"),
        vec![job(2)],
    );
    kit.command(&["DEL", "dead"]);
    kit.eventually("once `dead` can take it, it is there", || card(&kit, "dead") == 1);
    running.stop();
}

/// Catches: a third crash after which the counts of other jobs expire too early.
#[test]
fn a_poison_pill_renews_the_expiry_of_the_other_counts() {
    let kit = testkit::kit!();
    kit.command(&["HSET", "sidepunch:crashes", &job(1), "2", "another job", "1"]);
    kit.command(&["EXPIRE", "sidepunch:crashes", "1000"]);
    process(&kit, "gone:1:abc", -1.0, "other", &[job(1)]);
    let running = run(&kit, &["default"]);
    kit.eventually("nothing is left of the process", || keys_with(&kit, "gone:").is_empty());
    let left: i64 = kit.query(&["TTL", "sidepunch:crashes"]);
    kit.assert(
        &format!("the counts expire 72 hours (259,200 s) after this crash, got {left}"),
        (259_100..=259_200).contains(&left),
    );
    running.stop();
}

/// The other entries of `dead` have the time of a process, too, and the oldest ones are deleted.
/// Catches: the clock of Redis, which may differ, as the time of death.
#[test]
fn a_poison_pill_dies_by_the_clock_of_the_process() {
    let kit = testkit::kit!();
    let dead = buried(&kit, &[b"a pill"]);
    let score = dead[0].1;
    let commands = kit.commands().into_iter();
    let scripts: Vec<String> = commands
        .filter(|command| command.starts_with("EVAL") && command.contains("\"a pill\""))
        .collect();
    let arguments = scripts.iter().flat_map(|script| script.split_whitespace());
    kit.assert(
        &format!("the score {score} is an argument of a script: {scripts:?}"),
        arguments
            .map(|argument| argument.trim_matches('"').parse())
            .any(|number| number == Ok(score)),
    );
}
