//! A worker that does what its argument says, and helpers of the tests of failures.

use std::fmt;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use serde_json::{Value, json};
use sidepunch::{BoxError, Job, Retry, Server, Worker};
use testkit::{Kit, epoch_seconds};

use crate::support::{JID, config};

/// An error whose `Display` fails.
#[derive(Debug)]
struct Mute;

impl fmt::Display for Mute {
    fn fmt(&self, _: &mut fmt::Formatter) -> fmt::Result {
        Err(fmt::Error)
    }
}

impl std::error::Error for Mute {}

/// Returns, fails, fails late or without a message, or panics in one of three ways, as its argument
/// says.
pub struct Obey(pub Sender<(String, Option<String>)>);

impl Worker for Obey {
    const CLASS: &'static str = "ObeyWorker";
    type Args = (String,);

    fn perform(&self, (order,): Self::Args, job: &Job) -> Result<(), BoxError> {
        self.0.send((order.clone(), job.jid()))?;
        match order.as_str() {
            "fail" => Err("out of luck".into()),
            "fail late" => {
                std::thread::sleep(Duration::from_millis(20));
                Err(epoch_seconds().to_string().into())
            }
            "fail without words" => Err(Mute.into()),
            "panic" => panic!("out of its mind"),
            // The number is not a constant, otherwise the text would be one, too.
            "panic with arguments" => panic!("out of {} minds", order.len()),
            "panic without text" => std::panic::panic_any(42),
            _ => Ok(()),
        }
    }
}

struct Never;

impl Worker for Never {
    const CLASS: &'static str = "NeverWorker";
    const RETRY: Retry = Retry::No;
    type Args = ();

    fn perform(&self, (): Self::Args, _: &Job) -> Result<(), BoxError> {
        Err("out of luck".into())
    }
}

struct Panics;

impl Worker for Panics {
    const CLASS: &'static str = "PanicsWorker";
    const RETRY: Retry = Retry::No;
    type Args = ();

    fn perform(&self, (): Self::Args, _: &Job) -> Result<(), BoxError> {
        panic!("out of its mind")
    }
}

struct Once;

impl Worker for Once {
    const CLASS: &'static str = "OnceWorker";
    const RETRY: Retry = Retry::Times(0);
    type Args = ();

    fn perform(&self, (): Self::Args, _: &Job) -> Result<(), BoxError> {
        Err("out of luck".into())
    }
}

pub fn server(kit: &Kit) -> (Server, Receiver<(String, Option<String>)>) {
    let (obey, obeyed) = channel();
    let server = Server::new(config(kit.url(), Duration::from_millis(20))).expect("a URL of a Redis");
    (
        server
            .register(Obey(obey))
            .register(Never)
            .register(Panics)
            .register(Once),
        obeyed,
    )
}

pub fn obey(order: &str) -> Value {
    json!({"class": "ObeyWorker", "args": [order], "jid": JID, "queue": "default", "created_at": 1_795_000_000.5})
}

pub fn members(kit: &Kit, set: &str) -> Vec<String> {
    let members: Vec<Vec<u8>> = kit.query(&["ZRANGE", set, "0", "-1"]);
    members
        .iter()
        .map(|member| String::from_utf8_lossy(member).into_owned())
        .collect()
}

/// Returns the only job in the set, and its score.
pub fn only(kit: &Kit, set: &str) -> (Value, f64) {
    let members: Vec<(String, f64)> = kit.query(&["ZRANGE", set, "0", "-1", "WITHSCORES"]);
    kit.assert_eq(&format!("`{set}` contains one job"), members.len(), 1);
    (serde_json::from_str(&members[0].0).expect("it is JSON"), members[0].1)
}
