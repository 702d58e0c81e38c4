//! Task 3.5: jobs that are enqueued now, for later.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use sidepunch::{BoxError, Client, Error, Job, Retry, Worker};
use testkit::{Kit, epoch_seconds};

struct Remind;

impl Worker for Remind {
    const CLASS: &'static str = "RemindWorker";
    const RETRY: Retry = Retry::Times(3);
    type Args = (String,);

    fn perform(&self, _: Self::Args, _: &Job) -> Result<(), BoxError> {
        Ok(())
    }
}

fn client(kit: &Kit) -> Client {
    Client::connect(&kit.url()).expect("the kit's URL is one of a Redis")
}

/// Returns the only job in `schedule`, as text, and its score.
fn only(kit: &Kit) -> (String, f64) {
    let members: Vec<(String, f64)> = kit.query(&["ZRANGE", "schedule", "0", "-1", "WITHSCORES"]);
    kit.assert_eq("`schedule` contains one job", members.len(), 1);
    members[0].clone()
}

/// Catches: a push at once; a score in another unit, or one that is not a time since 1970; an
/// `enqueued_at` before the job is enqueued; an `at` that stays in the payload, because Sidekiq
/// would schedule the job again each time it is due; a jid that is not returned; a queue that is
/// added to `queues` too early.
#[test]
fn schedules_a_job_for_later() {
    let kit = testkit::kit!();
    let before = epoch_seconds();
    let jid = Remind::perform_in(&client(&kit), Duration::from_secs(3_600), ("tea".into(),)).expect("scheduled");
    let after = epoch_seconds();
    let (text, at) = only(&kit);
    let job: Value = serde_json::from_str(&text).expect("it is JSON");
    kit.assert(
        &format!("the score is the time in one hour, not {at}"),
        (before + 3_599.99..=after + 3_600.01).contains(&at),
    );
    kit.assert_eq("class", job["class"].clone(), json!("RemindWorker"));
    kit.assert_eq("args", job["args"].clone(), json!(["tea"]));
    kit.assert_eq("perform_in returns the jid", job["jid"].clone(), json!(jid));
    kit.assert_eq("the queue is in the payload", job["queue"].clone(), json!("default"));
    kit.assert_eq(
        "the worker's retry option is in the payload",
        job["retry"].clone(),
        json!(3),
    );
    let created = job["created_at"].as_f64().unwrap_or_default();
    kit.assert(
        &format!("created_at is now, not {created}"),
        (before - 0.001..=after).contains(&created),
    );
    kit.assert_eq(
        "it is not enqueued yet, so no enqueued_at",
        job.get("enqueued_at").cloned(),
        None,
    );
    kit.assert_eq(
        "the score is its time, so there is no `at`",
        job.get("at").cloned(),
        None,
    );
    kit.assert_eq("nothing else is written", kit.keys(), vec!["schedule"]);
}

/// Catches: a time that is taken for a delay.
#[test]
fn schedules_a_job_for_a_given_time() {
    let kit = testkit::kit!();
    let at = UNIX_EPOCH + Duration::from_millis(4_102_444_800_500);
    Remind::perform_at(&client(&kit), at, ("party".into(),)).expect("scheduled");
    kit.assert_eq("the score is that time, in seconds", only(&kit).1, 4_102_444_800.5);
}

/// A job that is due must not wait for the next poll. Catches: every job going through `schedule`.
#[test]
fn enqueues_a_job_whose_time_has_passed() {
    let kit = testkit::kit!();
    let client = client(&kit);
    // One job for later, so that this test reaches the todo of task 3.5, too.
    Remind::perform_in(&client, Duration::from_secs(3_600), ("later".into(),)).expect("scheduled");
    Remind::perform_in(&client, Duration::ZERO, ("a".into(),)).expect("pushed");
    let past = SystemTime::now() - Duration::from_secs(60);
    Remind::perform_at(&client, past, ("b".into(),)).expect("pushed");
    Remind::perform_at(&client, UNIX_EPOCH - Duration::from_secs(60), ("c".into(),)).expect("pushed");
    kit.assert_eq("three jobs are in the queue", kit.list("queue:default").len(), 3);
    for payload in kit.list("queue:default") {
        let job: Value = serde_json::from_str(&payload).expect("it is JSON");
        kit.assert(&format!("each is complete: {payload}"), job["enqueued_at"].is_f64());
    }
    kit.assert_eq(
        "one job is in `schedule`",
        kit.query::<usize>(&["ZCARD", "schedule"]),
        1,
    );
}

/// Catches: a panic by overflow.
#[test]
fn limits_a_huge_delay() {
    let kit = testkit::kit!();
    Remind::perform_in(&client(&kit), Duration::MAX, ("never".into(),)).expect("scheduled");
    let (_, at) = only(&kit);
    kit.assert(
        &format!("it is due in at least 50 years: {at}"),
        at > epoch_seconds() + 50.0 * 365.0 * 86_400.0,
    );
}

/// Catches: a job that is checked only when it is due, when the caller cannot receive the error any
/// more.
#[test]
fn rejects_an_invalid_job_before_scheduling_it() {
    let kit = testkit::kit!();
    let later = SystemTime::now() + Duration::from_secs(60);
    let mut job = Job::new("A", &[(); 0]).expect("a job");
    job.set("queue", "").expect("JSON");
    let refused = client(&kit).push_at(job, later);
    kit.assert(
        &format!("an empty queue name leads to Error::InvalidQueue, got {refused:?}"),
        matches!(refused, Err(Error::InvalidQueue(_))),
    );
    kit.assert_eq("nothing is written", kit.keys(), Vec::<String>::new());
    client(&kit)
        .push_at(Job::new("A", &[(); 0]).expect("a job"), later)
        .expect("a valid job is accepted");
    kit.assert_eq("it is in `schedule`", kit.keys(), vec!["schedule"]);
    let job: Value = serde_json::from_str(&only(&kit).0).expect("it is JSON");
    kit.assert_eq("it is complete", job["retry"].clone(), json!(true));
}

/// The caller must receive the error, as with any push. Catches: an error that is dropped with the
/// job.
#[test]
fn perform_in_returns_redis_errors() {
    let kit = testkit::kit!();
    kit.command(&["SET", "schedule", "no sorted set"]);
    let refused = Remind::perform_in(&client(&kit), Duration::from_secs(60), ("tea".into(),));
    kit.assert(
        &format!("a key of another type leads to Error::Refused, got {refused:?}"),
        matches!(refused, Err(Error::Refused { .. })),
    );
}

/// From the command line to the worker. Catches: an option `--in` that is not read.
#[test]
fn enqueue_schedules_a_job_for_later() {
    let kit = testkit::kit!();
    let output = kit.run(&["enqueue", "SlowWorker", "[1]", "--in", "0.2", "--retry", "7"]);
    kit.assert("the exit code is 0", output.status.success());
    let jid = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let (text, at) = only(&kit);
    let job: Value = serde_json::from_str(&text).expect("it is JSON");
    kit.assert_eq("it prints the jid", job["jid"].clone(), json!(jid));
    kit.assert_eq("--retry is in the job", job["retry"].clone(), json!(7));
    let program = kit.start(&["work", "--poll", "0.02"]);
    kit.eventually("the job is performed", || program.stderr().contains(&jid));
    kit.assert("not before its time", epoch_seconds() >= at);
    kit.assert("and it succeeded", program.stderr().contains("done"));
}

/// The reply is lost, so the command is executed twice. Catches: a job that is completed again for
/// the second attempt, so that it runs twice.
#[test]
fn schedules_a_job_once_if_the_reply_is_lost() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let client = Client::connect(&proxy.url()).expect("a URL of a Redis");
    let schedule = |text: &str| Remind::perform_in(&client, Duration::from_secs(60), (text.into(),));
    kit.assert("the first call opens the connection", schedule("tea").is_ok());
    kit.command(&["DEL", "schedule"]);
    proxy.cut_after_request("ZADD");
    let jid = schedule("party").unwrap_or_else(|error| kit.fail(&format!("the call is repeated, got {error}")));
    kit.assert("a reply was lost", proxy.fired());
    let job: Value = serde_json::from_str(&only(&kit).0).expect("it is JSON");
    kit.assert_eq("it has the jid that was returned", job["jid"].clone(), json!(jid));
}

/// As in step 1, `sends_args_and_unknown_fields_byte_for_byte`. Catches: a payload that passes
/// through `serde_json::Value`.
#[test]
fn schedules_a_job_byte_for_byte() {
    let kit = testkit::kit!();
    let rest = r#""args":[18446744073709551617,1.0,1e2,1e400,"\u00e9","\ud800","a\/b",[],{}],"cattr":{"b":1,"a":1.50}"#;
    let payload = format!(r#"{{"class":"AnyWorker",{rest}}}"#);
    let job = Job::parse(payload.as_bytes()).expect("a job");
    client(&kit)
        .push_at(job, SystemTime::now() + Duration::from_secs(60))
        .expect("scheduled");
    let (text, _) = only(&kit);
    kit.assert(&format!("the payload contains {rest}: {text}"), text.contains(rest));
}
