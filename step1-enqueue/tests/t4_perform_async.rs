//! Task 1.4: a worker has its own types, so that the compiler checks the arguments of its jobs; and
//! a click on the web page enqueues a job.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sidepunch::{Client, Error, Worker};
use testkit::Kit;

use crate::support::{CLICKS, worker};

worker!(Pair, "UpdateCounterWorker", (String, String));
worker!(Nothing, "Ns::CleanUpWorker", ());
worker!(Single, "SlowWorker", (u64,));
worker!(Exact, "ExactWorker", (f32, u128));
worker!(Optional, "OptionalWorker", Option<(u64,)>);

#[derive(Serialize, Deserialize)]
struct Newtype(String);

worker!(Wrong, "WrongWorker", Newtype);

#[derive(Serialize, Deserialize)]
struct Named {
    name: String,
    by: u64,
}

worker!(Keyed, "KeyedWorker", Named);

fn client(kit: &Kit) -> Client {
    Client::connect(&kit.url()).expect("the kit's URL is one of a Redis")
}

fn only_payload(kit: &Kit) -> Value {
    let list = kit.list("queue:default");
    kit.assert_eq("queue:default contains one job", list.len(), 1);
    serde_json::from_str(&list[0]).expect("the payload is JSON")
}

/// Jobs that are in Redis already contain the class name, so it must not change. Catches: the name
/// of the type; `type_name()`; all args as one element.
#[test]
fn writes_a_tuple_as_positional_args() {
    let kit = testkit::kit!();
    let jid = Pair::perform_async(&client(&kit), ("hits".into(), "incr".into())).expect("pushed");
    let payload = only_payload(&kit);
    kit.assert_eq(
        "class is the worker's CLASS",
        payload["class"].clone(),
        json!("UpdateCounterWorker"),
    );
    kit.assert_eq(
        "args are the elements of the tuple",
        payload["args"].clone(),
        json!(["hits", "incr"]),
    );
    kit.assert_eq("perform_async returns the jid", payload["jid"].clone(), json!(jid));
    kit.assert_eq("the job is complete", payload["retry"].clone(), json!(true));
}

/// serde writes `()` as `null`, but Ruby's `perform_async` without arguments writes `[]`. Catches:
/// `null`; `[null]`.
#[test]
fn writes_no_arguments_as_an_empty_array() {
    let kit = testkit::kit!();
    Nothing::perform_async(&client(&kit), ()).expect("() stands for no arguments");
    kit.assert_eq("() is written as []", only_payload(&kit)["args"].clone(), json!([]));
}

/// Catches: `[]` for the type `()` only, although serde writes `null` for other types, too.
#[test]
fn writes_none_as_an_empty_array() {
    let kit = testkit::kit!();
    Optional::perform_async(&client(&kit), None).expect("None stands for no arguments");
    kit.assert_eq("None is written as []", only_payload(&kit)["args"].clone(), json!([]));
}

/// Numbers are written as serde writes them. Catches: arguments that pass through
/// `serde_json::Value`, which knows only `f64` and 64 bits.
#[test]
fn writes_typed_args_as_serde_does() {
    let kit = testkit::kit!();
    let pushed = Exact::perform_async(&client(&kit), (0.1, 1 << 64));
    kit.assert(&format!("the job is pushed, got {pushed:?}"), pushed.is_ok());
    let payload = &kit.list("queue:default")[0];
    kit.assert(
        &format!("no digit is changed: {payload}"),
        payload.contains(r#""args":[0.1,18446744073709551616]"#),
    );
}

/// Catches: a tuple of one element that is unwrapped.
#[test]
fn writes_one_argument_as_an_array_of_one() {
    let kit = testkit::kit!();
    Single::perform_async(&client(&kit), (u64::MAX,)).expect("pushed");
    kit.assert_eq(
        "(n,) is written as [n]",
        only_payload(&kit)["args"].clone(),
        json!([u64::MAX]),
    );
}

/// serde writes a tuple struct with one field as the field alone. Catches: a push of arguments that
/// no worker can read.
#[test]
fn rejects_typed_args_that_are_not_an_array() {
    let kit = testkit::kit!();
    let refused = Wrong::perform_async(&client(&kit), Newtype("hits".into()));
    kit.assert(
        "a newtype is written as \"hits\", which is not an array, so it is rejected",
        matches!(refused, Err(Error::ArgsNotArray(_))),
    );
    kit.assert_eq("nothing is written", kit.keys(), Vec::<String>::new());
}

/// serde writes a struct with named fields as an object. Catches: its values taken for positional
/// arguments, in an order that a later version of the struct may change.
#[test]
fn rejects_a_struct_with_named_fields() {
    let kit = testkit::kit!();
    let name = "hits".to_owned();
    let refused = Keyed::perform_async(&client(&kit), Named { name, by: 1 });
    kit.assert(
        &format!("an object is not an array, so it is rejected, got {refused:?}"),
        matches!(refused, Err(Error::ArgsNotArray(_))),
    );
    kit.assert_eq("nothing is written", kit.keys(), Vec::<String>::new());
}

/// The caller must receive the error, as with any push. Catches: a jid that is returned for a job
/// that is not in Redis.
#[test]
fn perform_async_returns_redis_errors() {
    let kit = testkit::kit!();
    kit.command(&["SET", "queue:default", "no list"]);
    let refused = Single::perform_async(&client(&kit), (1,));
    kit.assert(
        &format!("a key of another type leads to Error::Refused, got {refused:?}"),
        matches!(refused, Err(Error::Refused { .. })),
    );
}

/// The web page answers a click at once, and the slow call waits in Redis. Catches: a click that
/// enqueues no job, two jobs, or a job with other args.
#[test]
fn enqueues_one_job_for_each_click() {
    let kit = testkit::kit!();
    let api = counters::api::spawn(Default::default()).expect("the API starts");
    ureq::put(format!("{}/counters/a%2Fb%20%C3%A9", api.url()))
        .send_empty()
        .expect("the counter is defined");
    let web = kit.start(&["web", "--listen", "127.0.0.1:0", "--api", &api.url()]);
    let page = kit.wait_for("the program prints the address of its page", || {
        web.stdout()
            .lines()
            .find_map(|line| Some(line.split_once("http://")?.1.trim().to_owned()))
    });

    let clicked = ureq::post(format!("http://{page}/counters/a%2Fb%20%C3%A9/decr")).send_empty();
    kit.assert(&format!("the page answers the click: {clicked:?}"), clicked.is_ok());
    let list = kit.list(CLICKS);
    kit.assert_eq(&format!("the click put one job into {CLICKS}"), list.len(), 1);
    let payload: Value = serde_json::from_str(&list[0]).expect("the payload is JSON");
    kit.assert_eq("its class", payload["class"].clone(), json!("UpdateCounterWorker"));
    kit.assert_eq(
        "its args are the counter's name and the change",
        payload["args"].clone(),
        json!(["a/b é", "decr"]),
    );
    kit.assert_eq(
        "the API was not called, because the worker does that",
        api.value("a/b é").ok().flatten(),
        Some(0),
    );
}
