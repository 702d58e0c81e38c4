//! Task 2.1: from the class name in a payload to the code that performs the job. No test here needs
//! Redis.

use std::sync::mpsc::{Receiver, Sender, channel};

use serde_json::value::RawValue;
use serde_json::{Value, json};
use sidepunch::{BoxError, Failure, Job, Registry, Worker};

/// The args and the jid that a `Pair` received.
type Performed = (String, i64, Option<String>);

struct Pair(Sender<Performed>);

impl Worker for Pair {
    const CLASS: &'static str = "PairWorker";
    type Args = (String, i64);

    fn perform(&self, (name, by): Self::Args, job: &Job) -> Result<(), BoxError> {
        if name == "bad" {
            return Err(format!("BAD: {name}\nby {by}").into());
        }
        Ok(self.0.send((name, by, job.jid()))?)
    }
}

struct Nothing(Sender<()>);

impl Worker for Nothing {
    const CLASS: &'static str = "Ns::NothingWorker";
    type Args = ();

    fn perform(&self, (): Self::Args, _: &Job) -> Result<(), BoxError> {
        Ok(self.0.send(())?)
    }
}

struct Raw(Sender<Vec<String>>);

impl Worker for Raw {
    const CLASS: &'static str = "RawWorker";
    type Args = Vec<Box<RawValue>>;

    fn perform(&self, args: Self::Args, _: &Job) -> Result<(), BoxError> {
        Ok(self.0.send(args.iter().map(|arg| arg.get().to_owned()).collect())?)
    }
}

fn job(payload: Value) -> Job {
    Job::parse(payload.to_string().as_bytes()).expect("the test's payload is a job")
}

fn registry() -> (Registry, Receiver<Performed>, Receiver<()>) {
    let ((pair, pairs), (nothing, nothings)) = (channel(), channel());
    let mut registry = Registry::default();
    registry.register(Pair(pair));
    registry.register(Nothing(nothing));
    (registry, pairs, nothings)
}

/// Catches: the first or last worker for every class; args in another order; a worker that cannot
/// read the jid of its job.
#[test]
fn calls_the_worker_of_the_jobs_class() {
    let kit = testkit::kit!();
    let (registry, pairs, nothings) = registry();
    let done = registry.perform(&job(json!({"class": "PairWorker", "args": ["hits", -2], "jid": "abc"})));
    kit.assert(&format!("the job is performed: {done:?}"), done.is_ok());
    let expected = ("hits".to_owned(), -2, Some("abc".to_owned()));
    kit.assert_eq(
        "the worker of PairWorker received the args and the jid",
        pairs.try_recv(),
        Ok(expected),
    );
    kit.assert("the other worker received nothing", nothings.try_recv().is_err());
    let done = registry.perform(&job(json!({"class": "Ns::NothingWorker", "args": []})));
    kit.assert(
        &format!("the job of the other class is performed, too: {done:?}"),
        done.is_ok(),
    );
    kit.assert_eq("its worker ran", nothings.try_recv(), Ok(()));
    kit.assert("and the first worker did not", pairs.try_recv().is_err());
}

/// Ruby's `perform_async` without arguments writes `[]`, but serde reads `()` only from `null`.
/// Catches: `[]` that is read without a conversion.
#[test]
fn reads_an_empty_array_as_no_arguments() {
    let kit = testkit::kit!();
    let (registry, _pairs, nothings) = registry();
    for args in ["[]", "[ ]"] {
        let payload = format!(r#"{{"class":"Ns::NothingWorker","args":{args}}}"#);
        let done = registry.perform(&Job::parse(payload.as_bytes()).expect("a job"));
        kit.assert(&format!("{args} is read as (): {done:?}"), done.is_ok());
        kit.assert_eq("the worker ran", nothings.try_recv(), Ok(()));
    }
    let refused = registry.perform(&job(json!({"class": "Ns::NothingWorker", "args": [1]})));
    kit.assert(
        "[1] is not read as ()",
        matches!(refused, Err(Failure::WrongArgs { .. })),
    );
}

struct Any(Sender<Value>);

impl Worker for Any {
    const CLASS: &'static str = "AnyWorker";
    type Args = Value;

    fn perform(&self, args: Value, _: &Job) -> Result<(), BoxError> {
        Ok(self.0.send(args)?)
    }
}

/// Catches: `[]` that is read as `null` for every worker, or for those that accept both.
#[test]
fn reads_an_empty_array_as_an_empty_list() {
    let kit = testkit::kit!();
    let ((raw, raws), (any, values)) = (channel(), channel());
    let mut registry = Registry::default();
    registry.register(Raw(raw));
    registry.register(Any(any));
    let done = registry.perform(&job(json!({"class": "RawWorker", "args": []})));
    kit.assert(
        &format!("a worker that takes a list is performed: {done:?}"),
        done.is_ok(),
    );
    kit.assert_eq("it received an empty list", raws.try_recv(), Ok(Vec::new()));
    let _ = registry.perform(&job(json!({"class": "AnyWorker", "args": []})));
    kit.assert_eq("any JSON is an array", values.try_recv(), Ok(json!([])));
}

struct Maybe(Sender<Option<u64>>);

impl Worker for Maybe {
    const CLASS: &'static str = "MaybeWorker";
    type Args = (Option<u64>,);

    fn perform(&self, (number,): Self::Args, _: &Job) -> Result<(), BoxError> {
        Ok(self.0.send(number)?)
    }
}

/// `null` is an argument, and `[]` has none. Catches: a missing argument that is read as `null`.
#[test]
fn does_not_read_a_missing_argument_as_null() {
    let kit = testkit::kit!();
    let (maybe, numbers) = channel();
    let mut registry = Registry::default();
    registry.register(Maybe(maybe));
    for (args, number) in [(json!([null]), None), (json!([7]), Some(7))] {
        let done = registry.perform(&job(json!({"class": "MaybeWorker", "args": args})));
        kit.assert(&format!("{args} is performed: {done:?}"), done.is_ok());
        kit.assert_eq("the worker received it", numbers.try_recv(), Ok(number));
    }
    let refused = registry.perform(&job(json!({"class": "MaybeWorker", "args": []})));
    kit.assert(
        &format!("[] is refused: {refused:?}"),
        matches!(refused, Err(Failure::WrongArgs { .. })),
    );
    kit.assert("the worker did not run", numbers.try_recv().is_err());
}

/// Numbers over 64 bits and `1.0` mean something to the program that wrote them. Catches: args that
/// are read through `serde_json::Value`.
#[test]
fn passes_arguments_byte_for_byte() {
    let kit = testkit::kit!();
    let (raw, raws) = channel();
    let mut registry = Registry::default();
    registry.register(Raw(raw));
    let payload = br#"{"class":"RawWorker","args":[18446744073709551617,1.0,"\u00e9"]}"#;
    let done = registry.perform(&Job::parse(payload).expect("a job"));
    kit.assert(&format!("the job is performed: {done:?}"), done.is_ok());
    let expected = ["18446744073709551617", "1.0", r#""\u00e9""#].map(str::to_owned);
    kit.assert_eq(
        "a worker that takes raw JSON receives every byte",
        raws.try_recv(),
        Ok(expected.to_vec()),
    );
}

/// The next deploy may contain the class, so the process must go on. Catches: `unwrap`; a job that
/// is ignored without a log line; names that are compared without case or spaces, or in parts.
#[test]
fn reports_an_unknown_class_by_name() {
    let kit = testkit::kit!();
    let (registry, ..) = registry();
    for class in [
        "NewWorker",
        "",
        "Pair",
        "PairWorker2",
        "pairworker",
        "NothingWorker",
        "Ns::PairWorker",
        "Ns",
        "::PairWorker",
        " PairWorker",
        "PairWorker\n",
    ] {
        match registry.perform(&job(json!({"class": class, "args": []}))) {
            Err(failure @ Failure::UnknownClass(_)) => {
                kit.assert(
                    &format!("the failure contains the class: {failure}"),
                    failure.to_string().contains(class),
                );
            }
            other => kit.fail(&format!(
                "{class:?} is not registered, so Failure::UnknownClass; got {other:?}"
            )),
        }
    }
}

/// A client may escape any letter. Catches: a class that is compared as JSON text.
#[test]
fn finds_the_worker_of_an_escaped_class() {
    let kit = testkit::kit!();
    let (registry, pairs, _nothings) = registry();
    let payload = br#"{"class":"Pair\u0057orker","args":["hits",1]}"#;
    let done = registry.perform(&Job::parse(payload).expect("a job"));
    kit.assert(&format!("the job is performed: {done:?}"), done.is_ok());
    kit.assert("by the worker of PairWorker", pairs.try_recv().is_ok());
}

/// Catches: the first worker of a class that stays, although another one was registered.
#[test]
fn replaces_the_worker_of_a_class() {
    let kit = testkit::kit!();
    let (mut registry, pairs, _nothings) = registry();
    let (pair, replacing) = channel();
    registry.register(Pair(pair));
    let done = registry.perform(&job(json!({"class": "PairWorker", "args": ["hits", 1]})));
    kit.assert(&format!("the job is performed: {done:?}"), done.is_ok());
    kit.assert("by the last worker of its class", replacing.try_recv().is_ok());
    kit.assert("and not by the first one", pairs.try_recv().is_err());
}

/// Catches: default values for missing arguments; additional arguments that are ignored; `unwrap`.
#[test]
fn rejects_arguments_of_the_wrong_shape() {
    let kit = testkit::kit!();
    let (registry, pairs, _nothings) = registry();
    for args in [
        json!([]),
        json!(["hits"]),
        json!(["hits", 1, 2]),
        json!([1, "hits"]),
        json!(["hits", "1"]),
        json!(["hits", null]),
    ] {
        let failed = registry.perform(&job(json!({"class": "PairWorker", "args": args})));
        let sentence = format!("{args} is not a (String, i64), so Failure::WrongArgs; got {failed:?}");
        kit.assert(&sentence, matches!(failed, Err(Failure::WrongArgs { .. })));
        kit.assert("the worker did not run", pairs.try_recv().is_err());
    }
}

/// Catches: a result of the worker that is dropped; a message that is changed.
#[test]
fn returns_the_workers_error_message() {
    let kit = testkit::kit!();
    let (registry, ..) = registry();
    match registry.perform(&job(json!({"class": "PairWorker", "args": ["bad", 7]}))) {
        Err(failure @ Failure::Failed(_)) => {
            kit.assert(
                &format!("the failure contains the worker's message: {failure}"),
                failure.to_string().contains("BAD: bad\nby 7"),
            );
        }
        other => kit.fail(&format!(
            "the worker returned an error, so Failure::Failed; got {other:?}"
        )),
    }
}

struct ParseNumber;

impl Worker for ParseNumber {
    const CLASS: &'static str = "ParseNumberWorker";
    type Args = (String,);

    fn perform(&self, (text,): Self::Args, _: &Job) -> Result<(), BoxError> {
        serde_json::from_str::<u64>(&text)?;
        Ok(())
    }
}

/// A caller may look at the type of an error. Catches: an error that is replaced by its text; an
/// error of serde that is taken for wrong arguments, although the worker has run.
#[test]
fn returns_the_workers_own_error() {
    let kit = testkit::kit!();
    let mut registry = Registry::default();
    registry.register(ParseNumber);
    let failed = registry.perform(&job(json!({"class": "ParseNumberWorker", "args": ["no number"]})));
    let is_own = matches!(&failed, Err(Failure::Failed(error)) if error.is::<serde_json::Error>());
    kit.assert(&format!("the failure holds the worker's error, got {failed:?}"), is_own);
}
