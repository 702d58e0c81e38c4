//! The program `work`: its log of jobs that fail, and the effect of a retry.

use counters::api::Config;
use serde_json::{Value, json};

use crate::support::{api, define, lines, push, work};

/// An operator has only the log. Catches: no line; two lines; a failure that looks like a success,
/// or whose line does not contain the decision about the job; a malformed message whose line says
/// that it was discarded, as in step 2.
#[test]
fn logs_each_failure_with_its_consequence() {
    let kit = testkit::kit!();
    let api = api();
    let program = work(&kit, &["--api", &api.url(), "--poll", "0.05"]);
    let jobs = [
        ("FailWorker", json!(["out of luck"]), "out of luck"),
        ("NewWorker", json!([]), "NewWorker"),
        ("SlowWorker", json!(["soon"]), "SlowWorker"),
        ("UpdateCounterWorker", json!(["undefined", "incr"]), "404"),
        ("UpdateCounterWorker", json!(["undefined", "double"]), "double"),
    ];
    for (number, (class, args, message)) in jobs.into_iter().enumerate() {
        let jid = format!("{number:024x}");
        push(&kit, &json!({"class": class, "args": args, "jid": jid}));
        kit.eventually(&format!("the log contains the jid {jid} of the {class}"), || {
            !lines(&program, &jid).is_empty()
        });
        let lines = lines(&program, &jid);
        kit.assert_eq(&format!("the {class} leaves one line"), lines.len(), 1);
        let whole = format!(
            "the line is a warning with the class, `failed`, the message ({message:?}), the decision and the elapsed time: {}",
            lines[0]
        );
        kit.assert(
            &whole,
            ["WARN", class, message, "failed", "to be retried", "elapsed"]
                .iter()
                .all(|part| lines[0].contains(part)),
        );
        let delay = lines[0]
            .split_once("to be retried in ")
            .and_then(|(_, rest)| rest.split(' ').next());
        let seconds = delay.and_then(|delay| delay.parse::<f64>().ok());
        kit.assert(
            &format!("the first retry is due in 15 to 25 s: {}", lines[0]),
            seconds.is_some_and(|seconds| (14.0..=25.0).contains(&seconds)),
        );
    }
    for (jid, retry, decision) in [
        ("bbbbbbbbbbbbbbbbbbbbbbbb", json!(false), "discarded"),
        ("cccccccccccccccccccccccc", json!(0), "dead set"),
    ] {
        push(
            &kit,
            &json!({"class": "FailWorker", "args": ["out of luck"], "jid": jid, "retry": retry}),
        );
        kit.eventually(&format!("a warning says that the job is {decision}"), || {
            let lines = lines(&program, jid);
            lines
                .iter()
                .any(|line| line.contains("WARN") && line.contains(decision))
        });
    }
    kit.lpush("queue:default", &[b"no job at all"]);
    let line = kit.wait_for("a malformed message is shown in the log", || {
        let log = program.stderr();
        log.lines()
            .find(|line| line.contains("no job at all"))
            .map(str::to_owned)
    });
    kit.assert(
        &format!("the line is a warning with the reason, and the message is not discarded: {line}"),
        line.contains("WARN") && line.contains("invalid job payload") && !line.contains("discarded"),
    );
}

/// When the process ends, the log has the only copy of the job. Catches: an end without a log line;
/// a line without the job, or with a part of it only.
#[test]
fn logs_a_failed_job_that_cannot_be_stored() {
    let kit = testkit::kit!();
    let api = api();
    let program = work(&kit, &["--api", &api.url(), "--poll", "0.05"]);
    kit.command(&["SET", "retry", "no sorted set"]);
    let jid = "aaaaaaaaaaaaaaaaaaaaaaaa";
    let large = "x".repeat(5_000);
    push(
        &kit,
        &json!({"class": "FailWorker", "args": ["out of luck"], "jid": jid, "large": large}),
    );
    kit.eventually("the job fails", || !lines(&program, jid).is_empty());
    program.terminate();
    let status = program.wait("the program ends after TERM");
    kit.assert("the exit code is not 0", !status.success());
    let payload = format!(r#"{{"args":["out of luck"],"class":"FailWorker","jid":"{jid}","large":"{large}","#);
    kit.assert(
        &format!("the log contains the job, {payload}…: {}", program.stderr()),
        program.stderr().contains(&payload),
    );
}

/// At least once: if the API carried out a call and its reply was lost, the job runs again. The key
/// makes one change of the two calls. Catches: a retry with another jid; a call without the key.
#[test]
fn retries_with_the_same_idempotency_key() {
    let kit = testkit::kit!();
    // The first call is carried out, but its reply is an error; all others succeed.
    let mut dice = [0.75, 1.0].into_iter().cycle();
    let api = counters::api::spawn(Config {
        fail_rate: 0.9,
        dice: Box::new(move || dice.next().unwrap_or(1.0)),
        ..Config::default()
    })
    .expect("the API starts");
    define(&api, "hits");
    let program = work(&kit, &["--api", &api.url(), "--poll", "0.05"]);
    let jid = "aaaaaaaaaaaaaaaaaaaaaaaa";
    push(
        &kit,
        &json!({"class": "UpdateCounterWorker", "args": ["hits", "incr"], "jid": jid}),
    );
    kit.eventually(&format!("the log has a line with the jid {jid}"), || {
        !lines(&program, jid).is_empty()
    });
    kit.assert_eq(
        "the change was stored although the call failed",
        api.value("hits").ok().flatten(),
        Some(1),
    );
    kit.eventually("the job is in `retry`", || kit.query::<usize>(&["ZCARD", "retry"]) == 1);
    let members: Vec<String> = kit.query(&["ZRANGE", "retry", "0", "-1"]);
    let job: Value = serde_json::from_str(&members[0]).expect("it is JSON");
    kit.assert_eq("the retry is the same job", job["jid"].clone(), json!(jid));
    kit.lpush("queue:default", &[members[0].as_bytes()]);
    kit.eventually("its second run succeeds", || {
        lines(&program, jid).iter().any(|line| line.contains("done"))
    });
    kit.assert_eq(
        "the counter has changed once",
        api.value("hits").ok().flatten(),
        Some(1),
    );
    let keys: Vec<_> = api.calls().into_iter().filter_map(|call| call.key).collect();
    kit.assert_eq("both calls had the jid as their key", keys, vec![jid.to_owned(); 2]);
}

/// Catches: fields with other names, for which an operator does not search.
#[test]
fn names_the_fields_of_a_failure() {
    let kit = testkit::kit!();
    let program = work(&kit, &[]);
    let jid = "dddddddddddddddddddddddd";
    push(
        &kit,
        &json!({"class": "FailWorker", "args": ["out of luck"], "jid": jid}),
    );
    let line = kit.wait_for("the failure is logged", || lines(&program, jid).pop());
    let fields = ["class=", "jid=", "elapsed="];
    kit.assert(
        &format!("the line has the fields {fields:?}: {line}"),
        fields.iter().all(|field| line.contains(field)),
    );
}
