//! Given: the option `retry`, and the names of failures.

use serde_json::Value;
use sidepunch::{BoxError, Client, Decision, Failure, Job, Registry, Retry, Worker};

use crate::support::refused;

struct Often;

impl Worker for Often {
    const CLASS: &'static str = "OftenWorker";
    const RETRY: Retry = Retry::Times(7);
    type Args = (u64,);

    fn perform(&self, _: Self::Args, _: &Job) -> Result<(), BoxError> {
        Ok(())
    }
}

/// Sidekiq's clients write the worker's option into each job, and Sidekiq's Web UI shows it.
#[test]
fn writes_the_workers_retry_option_into_its_jobs() {
    let kit = testkit::kit!();
    let client = Client::connect(&kit.url()).expect("a URL of a Redis");
    Often::perform_async(&client, (1,)).expect("pushed");
    Often::perform_bulk(&client, [(2,), (3,)]).expect("pushed");
    let list = kit.list("queue:default");
    kit.assert_eq("three jobs were pushed", list.len(), 3);
    for payload in list {
        let job: Value = serde_json::from_str(&payload).expect("it is JSON");
        kit.assert_eq(
            "`retry` is the worker's option",
            job["retry"].clone(),
            serde_json::json!(7),
        );
    }
    let mut registry = Registry::default();
    registry.register(Often);
    let retry = |class| registry.retry(&Job::new(class, &[1]).expect("a job"));
    kit.assert_eq("the registry returns it, too", retry("OftenWorker"), Retry::Times(7));
    kit.assert_eq(
        "for an unknown class it returns the default",
        retry("NewWorker"),
        Retry::Yes,
    );
}

/// The values of the field `retry` that are valid, and those that count as absent.
#[test]
fn parses_true_false_and_numbers_as_retry_options() {
    let kit = testkit::kit!();
    for (json, expected) in [
        ("true", Some(Retry::Yes)),
        ("false", Some(Retry::No)),
        ("0", Some(Retry::Times(0))),
        ("25", Some(Retry::Times(25))),
        ("-1", None),
        ("1.0", None),
        ("null", None),
        ("\"true\"", None),
        ("\"5\"", None),
        ("", None),
    ] {
        kit.assert_eq(&format!("{json} is parsed as"), Retry::parse(json), expected);
    }
}

/// An operator reads it in the log. Catches: the time of the retry instead of the delay.
#[test]
fn describes_each_decision() {
    let kit = testkit::kit!();
    let now = 1_795_454_181.25;
    let retry = |at: f64| Decision::Retry {
        payload: Vec::new(),
        at,
    };
    for (decision, text) in [
        (retry(now + 15.4), "to be retried in 15 s"),
        (retry(now + 96.0), "to be retried in 96 s"),
        (Decision::Dead(Vec::new()), "moved to the dead set"),
        (Decision::Discard, "discarded"),
    ] {
        kit.assert_eq(&format!("the text for {decision:?}"), decision.describe(now), text);
    }
}

/// Jobs keep these names for weeks, and people search for them in Sidekiq's Web UI.
#[test]
fn names_each_kind_of_failure() {
    let kit = testkit::kit!();
    let reason = serde_json::from_str::<u64>("x").expect_err("x is not a number");
    let class = "A".to_owned();
    for (failure, name) in [
        (Failure::UnknownClass("A".to_owned()), "UnknownClass"),
        (Failure::WrongArgs { class, reason }, "WrongArgs"),
        (Failure::Failed("out of luck".into()), "Failed"),
        (Failure::Panicked("out of luck".to_owned()), "Panicked"),
    ] {
        kit.assert_eq(&format!("the class of `{failure}`"), failure.class(), name);
    }
}

/// A job that is lost because of a typing error is as bad as a job that is lost in a crash.
#[test]
fn rejects_an_invalid_delay_or_retry_option() {
    for delay in ["-1", "nan", "1e300", "3155760001", ""] {
        refused(&["enqueue", "SlowWorker", "[1]", &format!("--in={delay}")], "--in");
    }
    refused(&["work", "--poll", "inf"], "--poll");
    for retry in ["yes", "-1", "1.5", "null"] {
        refused(
            &["enqueue", "SlowWorker", "[1]", &format!("--retry={retry}")],
            "--retry",
        );
    }
}
