//! What the tests of the heartbeat have in common.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use serde_json::json;
use sidepunch::{BoxError, Config, Error, Job, Order, Server, Stop, Worker};
use testkit::Kit;

/// Says that it has begun, then waits until it may end.
pub struct Gate {
    pub begun: Sender<()>,
    pub may_end: Mutex<Receiver<()>>,
}

impl Worker for Gate {
    const CLASS: &'static str = "GateWorker";
    type Args = ();

    fn perform(&self, (): Self::Args, _: &Job) -> Result<(), BoxError> {
        self.begun.send(())?;
        Ok(self.may_end.lock().map_err(|_| "poisoned")?.recv()?)
    }
}

pub struct Running {
    pub begins: Receiver<()>,
    pub end: Sender<()>,
    pub stop: Stop,
    pub task: testkit::Task<Result<(), Error>>,
}

pub fn run(kit: &Kit) -> Running {
    run_with(
        kit,
        Config {
            redis: kit.url(),
            queues: Order {
                queues: vec![("default".into(), 2), ("low".into(), 1)],
                weighted: true,
            },
            beat: Duration::from_millis(100),
            block: Duration::from_millis(100),
            ..Config::default()
        },
    )
}

pub fn run_with(kit: &Kit, config: Config) -> Running {
    let ((begun, begins), (end, may_end)) = (channel(), channel());
    let may_end = Mutex::new(may_end);
    let mut server = Server::new(config)
        .expect("a URL of a Redis")
        .register(Gate { begun, may_end });
    Running {
        begins,
        end,
        stop: server.stop(),
        task: kit.spawn(move || server.run()),
    }
}

pub fn identity(kit: &Kit) -> String {
    kit.wait_for("the process is in `processes`", || {
        kit.query::<Vec<String>>(&["SMEMBERS", "processes"]).pop()
    })
}

pub fn field(kit: &Kit, identity: &str, name: &str) -> String {
    let field = kit.query::<Option<String>>(&["HGET", identity, name]);
    field.unwrap_or_else(|| kit.fail(&format!("the hash {identity} has a field {name}")))
}

pub fn push(kit: &Kit) -> String {
    let job =
        json!({"class": "GateWorker", "args": [], "queue": "default", "jid": "b4a577edbccf1d805744efa9"}).to_string();
    kit.lpush("queue:default", &[job.as_bytes()]);
    job
}
