//! What the tests of a claim have in common.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use sidepunch::connection::Connections;
use sidepunch::{BoxError, Claims, Config, Error, Job, Order, Server, Worker};
use testkit::Kit;

/// Says that it has begun, then waits until it may end: for ever, in this file. To settle a job is the next task.
pub struct Gate {
    pub begun: Sender<u64>,
    pub may_end: Mutex<Receiver<()>>,
}

impl Worker for Gate {
    const CLASS: &'static str = "GateWorker";
    type Args = (u64,);

    fn perform(&self, (number,): Self::Args, _: &Job) -> Result<(), BoxError> {
        self.begun.send(number)?;
        self.may_end.lock().map_err(|_| "poisoned")?.recv()?;
        Ok(())
    }
}

/// A server that runs, and whose jobs do not end.
pub struct Running {
    pub begins: Receiver<u64>,
    pub _task: testkit::Task<Result<(), Error>>,
}

pub fn run(kit: &Kit, url: String, queues: &[&str], concurrency: usize) -> Running {
    let config = Config {
        queues: Order {
            queues: queues.iter().map(|name| ((*name).to_owned(), 1)).collect(),
            weighted: false,
        },
        concurrency,
        block: Duration::from_millis(100),
        ..Config::default()
    };
    run_with(kit, url, config)
}

/// A server with one thread, whose wait for a job ends with a job or with its connection, not by itself.
pub fn run_with_long_wait(kit: &Kit, url: String) -> Running {
    let config = Config {
        concurrency: 1,
        block: Duration::from_secs(30),
        lease: Duration::from_secs(60),
        ..Config::default()
    };
    run_with(kit, url, config)
}

fn run_with(kit: &Kit, redis: String, config: Config) -> Running {
    let ((begun, begins), (end, may_end)) = (channel(), channel());
    let gate = Gate {
        begun,
        may_end: may_end.into(),
    };
    let config = Config {
        redis,
        batch: 1,
        reconnect: Duration::from_millis(100),
        ..config
    };
    let mut server = Server::new(config).expect("a URL of a Redis").register(gate);
    std::mem::forget(end);
    Running {
        begins,
        _task: kit.spawn(move || server.run()),
    }
}

pub fn job(number: u64, queue: &str) -> String {
    json!({"class": "GateWorker", "args": [number], "queue": queue, "odd": 1e2}).to_string()
}

pub fn push(kit: &Kit, number: u64, queue: &str) {
    kit.lpush(&format!("queue:{queue}"), &[job(number, queue).as_bytes()]);
}

/// The lists of what is in flight, and what they hold.
pub fn in_flight(kit: &Kit) -> Vec<(String, Vec<String>)> {
    let keys = kit.keys().into_iter().filter(|key| key.starts_with("inflight:"));
    let lists = keys.filter(|key| kit.query::<String>(&["TYPE", key]) == "list");
    lists.map(|key| (key.clone(), kit.list(&key))).collect()
}

/// The claims of another process than the server, called by hand.
pub fn claims(url: &str, identity: &str) -> Claims {
    let connections = Connections::new(url).expect("a URL of a Redis");
    Claims::new(&Config::default(), Arc::new(connections), identity, 0)
}

pub fn begins(kit: &Kit, running: &Running) -> u64 {
    kit.wait_for("a job begins", || running.begins.try_recv().ok())
}
