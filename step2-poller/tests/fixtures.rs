//! Fixtures of the tests of the steps 2 to 5.

use std::sync::mpsc::Sender;
use std::time::Duration;

use counters::api::{Api, Config};
use serde_json::{Value, json};
use sidepunch::{BoxError, Error, Job, Server, Worker};
use testkit::{Kit, Program};

use super::WORK;

mod scripted;

pub use scripted::*;

#[path = "../../step1-enqueue/tests/refused.rs"]
mod refused;

pub use refused::refused;

/// A jid, for tests in which its value does not matter.
pub const JID: &str = "b4a577edbccf1d805744efa9";

/// Pushes a job to the queue `default`.
pub fn push(kit: &Kit, job: &Value) {
    kit.lpush("queue:default", &[job.to_string().as_bytes()]);
}

/// Sends its number to the test: `{"class": "ReportWorker", "args": [1]}`.
pub struct Report(pub Sender<u64>);

impl Worker for Report {
    const CLASS: &'static str = "ReportWorker";
    type Args = (u64,);

    fn perform(&self, (number,): Self::Args, _: &Job) -> Result<(), BoxError> {
        Ok(self.0.send(number)?)
    }
}

/// Returns a job for [`Report`].
pub fn report(number: u64) -> Value {
    json!({"class": "ReportWorker", "args": [number], "jid": format!("{number:024x}")})
}

/// Performs jobs until none comes within the block time; returns how many were performed.
pub fn process_all(kit: &Kit, mut server: Server) -> usize {
    let jobs = kit.within(
        Duration::from_secs(30),
        "`process_one` returns Ok(true) for each job, then Ok(false)",
        move || {
            let mut jobs = 0;
            while server.process_one()? {
                jobs += 1;
            }
            Ok::<usize, Error>(jobs)
        },
    );
    jobs.unwrap_or_else(|error| kit.fail(&format!("Redis is there, and `process_one` returned an error: {error}")))
}

/// Starts the counters API.
pub fn api() -> Api {
    counters::api::spawn(Config::default()).expect("the API starts")
}

/// Defines a counter, whose name is percent-encoded.
pub fn define(api: &Api, name: &str) {
    ureq::put(format!("{}/counters/{name}", api.url()))
        .send_empty()
        .expect("the counter is defined");
}

/// Starts the program `work` with additional arguments, and waits until it waits for jobs.
pub fn work(kit: &Kit, more: &[&str]) -> Program {
    let program = kit.start(&[WORK, more].concat());
    kit.eventually("`work` waits for jobs", || kit.blocked() > 0);
    program
}

/// Returns the lines of the program's log that contain this jid.
pub fn lines(program: &Program, jid: &str) -> Vec<String> {
    let log = program.stderr();
    let lines = log.lines().filter(|line| line.contains(jid));
    lines.map(str::to_owned).collect()
}

/// Defines a worker whose jobs are only enqueued: `worker!(Single, "SingleWorker", (u64,))`.
macro_rules! worker {
    ($name:ident, $class:literal, $args:ty) => {
        struct $name;

        impl sidepunch::Worker for $name {
            const CLASS: &'static str = $class;
            type Args = $args;

            fn perform(&self, _: Self::Args, _: &sidepunch::Job) -> Result<(), sidepunch::BoxError> {
                Ok(())
            }
        }
    };
}
pub(crate) use worker;
