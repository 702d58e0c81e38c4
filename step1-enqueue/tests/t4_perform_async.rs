//! Task 1.4: a worker's own types, so that the compiler checks what is enqueued; and a press on the page.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sidepunch::{Client, Error, Worker};
use testkit::Kit;

use crate::support::{PRESSES, worker};

worker!(Pair, "UpdateCounterWorker", (String, String));
worker!(Nothing, "Ns::CleanUpWorker", ());
worker!(Single, "SlowWorker", (u64,));

#[derive(Serialize, Deserialize)]
struct Newtype(String);

worker!(Wrong, "WrongWorker", Newtype);

fn client(kit: &Kit) -> Client {
    Client::connect(&kit.url()).expect("the kit's URL is one of a Redis")
}

fn only_payload(kit: &Kit) -> Value {
    let list = kit.list("queue:default");
    kit.assert_eq("queue:default holds one job", list.len(), 1);
    serde_json::from_str(&list[0]).expect("the payload is JSON")
}

/// The class on the wire is a promise to the jobs already in Redis. Kills: the type's name, `type_name()`, args as one
/// element.
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
        "args are the tuple's fields",
        payload["args"].clone(),
        json!(["hits", "incr"]),
    );
    kit.assert_eq("perform_async returns the jid", payload["jid"].clone(), json!(jid));
    kit.assert_eq("the job is complete", payload["retry"].clone(), json!(true));
}

/// serde writes `()` as `null`, and Ruby's `perform_async` without arguments writes `[]`. Kills: null, `[null]`.
#[test]
fn writes_no_arguments_as_an_empty_array() {
    let kit = testkit::kit!();
    Nothing::perform_async(&client(&kit), ()).expect("() stands for no arguments");
    kit.assert_eq("() is written as []", only_payload(&kit)["args"].clone(), json!([]));
}

/// Kills: unwrapping a tuple of one.
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

/// serde writes a tuple struct of one field as the field alone. Kills: pushing what no worker can read.
#[test]
fn rejects_typed_args_that_are_not_an_array() {
    let kit = testkit::kit!();
    let refused = Wrong::perform_async(&client(&kit), Newtype("hits".into()));
    kit.assert(
        "a newtype is written as \"hits\", no array, so refused",
        matches!(refused, Err(Error::ArgsNotArray(_))),
    );
    kit.assert_eq("nothing is written", kit.keys(), Vec::<String>::new());
}

/// The app's whole point: the press answers at once, and what it asks for waits in Redis. Kills: a press that enqueues
/// nothing, twice, or with other args.
#[test]
fn enqueues_one_job_for_each_click() {
    let kit = testkit::kit!();
    let api = counters::api::spawn(Default::default()).expect("the API starts");
    ureq::put(format!("{}/counters/a%2Fb%20%C3%A9", api.url()))
        .send_empty()
        .expect("the counter is defined");
    let web = kit.start(&["web", "--listen", "127.0.0.1:0", "--api", &api.url()]);
    let page = kit.wait_for("the program says where its page is", || {
        web.stdout()
            .lines()
            .find_map(|line| Some(line.split_once("http://")?.1.trim().to_owned()))
    });

    let pressed = ureq::post(format!("http://{page}/counters/a%2Fb%20%C3%A9/decr")).send_empty();
    kit.assert(&format!("the press is answered: {pressed:?}"), pressed.is_ok());
    let list = kit.list(PRESSES);
    kit.assert_eq(&format!("the press put one job into {PRESSES}"), list.len(), 1);
    let payload: Value = serde_json::from_str(&list[0]).expect("the payload is JSON");
    kit.assert_eq("its class", payload["class"].clone(), json!("UpdateCounterWorker"));
    kit.assert_eq(
        "its args are the counter's name and the change",
        payload["args"].clone(),
        json!(["a/b é", "decr"]),
    );
    kit.assert_eq(
        "the API was not called for it: that is the worker's part",
        api.value("a/b é").ok().flatten(),
        Some(0),
    );
}
