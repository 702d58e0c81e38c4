//! Task 2.1: the arguments of a job, in every spelling, and what is wrong with them. No test here
//! needs Redis.

use std::sync::mpsc::{Sender, channel};

use sidepunch::{BoxError, Failure, Job, Registry, Worker};

struct Nothing(Sender<()>);

impl Worker for Nothing {
    const CLASS: &'static str = "NothingWorker";
    type Args = ();

    fn perform(&self, (): (), _: &Job) -> Result<(), BoxError> {
        Ok(self.0.send(())?)
    }
}

struct Optional(Sender<Option<(u64,)>>);

impl Worker for Optional {
    const CLASS: &'static str = "OptionalWorker";
    type Args = Option<(u64,)>;

    fn perform(&self, args: Self::Args, _: &Job) -> Result<(), BoxError> {
        Ok(self.0.send(args)?)
    }
}

struct Pair;

impl Worker for Pair {
    const CLASS: &'static str = "PairWorker";
    type Args = (String, i64);

    fn perform(&self, _: Self::Args, _: &Job) -> Result<(), BoxError> {
        Ok(())
    }
}

fn job(class: &str, args: &str) -> Job {
    let payload = format!(r#"{{"class":"{class}","args":{args}}}"#);
    Job::parse(payload.as_bytes()).expect("a job")
}

/// Catches: an empty array that is recognized by its text.
#[test]
fn reads_an_empty_array_with_any_white_space() {
    let kit = testkit::kit!();
    let (nothing, nothings) = channel();
    let mut registry = Registry::default();
    registry.register(Nothing(nothing));
    for args in ["[\n]", "[\t]", "[ \r\n ]"] {
        let done = registry.perform(&job("NothingWorker", args));
        kit.assert(&format!("{args:?} is read as (): {done:?}"), done.is_ok());
        kit.assert_eq("the worker ran", nothings.try_recv(), Ok(()));
    }
}

/// Step 1 writes `None` as `[]`, as it does with `()`. Catches: `null` for the type `()` only.
#[test]
fn reads_an_empty_array_as_none() {
    let kit = testkit::kit!();
    let (optional, received) = channel();
    let mut registry = Registry::default();
    registry.register(Optional(optional));
    for (args, expected) in [("[]", None), ("[7]", Some((7,)))] {
        let done = registry.perform(&job("OptionalWorker", args));
        kit.assert(&format!("{args} is performed: {done:?}"), done.is_ok());
        kit.assert_eq("the worker received it", received.try_recv(), Ok(expected));
    }
}

/// The sender of the job looks for the mistake in it. Catches: the error of the second attempt, which
/// read `null`; a reason that says nothing of these arguments; the type of the worker instead of its
/// class.
#[test]
fn says_why_arguments_are_wrong() {
    let kit = testkit::kit!();
    let mut registry = Registry::default();
    registry.register(Pair);
    for (args, reason) in [
        ("[]", "invalid length 0"),
        (r#"["hits"]"#, "invalid length 1"),
        (r#"["hits","1"]"#, "invalid type: string"),
    ] {
        let failed = registry.perform(&job("PairWorker", args));
        let text = failed.as_ref().err().map(Failure::to_string).unwrap_or_default();
        kit.assert(
            &format!("the failure of {args} contains {reason:?}, got {failed:?}"),
            matches!(failed, Err(Failure::WrongArgs { class, .. }) if class == "PairWorker") && text.contains(reason),
        );
    }
}

/// Catches: an array of nulls that is taken for an empty one, so that a worker without arguments runs.
#[test]
fn does_not_read_an_array_of_nulls_as_no_arguments() {
    let kit = testkit::kit!();
    let (sender, runs) = channel();
    let (options, values) = channel();
    let mut registry = Registry::default();
    registry.register(Nothing(sender));
    registry.register(Optional(options));
    for class in [Nothing::CLASS, Optional::CLASS] {
        for args in ["[null]", "[null,null]"] {
            let done = registry.perform(&job(class, args));
            kit.assert(
                &format!("{args} is refused by {class}, got {done:?}"),
                matches!(done, Err(Failure::WrongArgs { .. })),
            );
        }
    }
    kit.assert("no worker ran", runs.try_recv().is_err() && values.try_recv().is_err());
}
