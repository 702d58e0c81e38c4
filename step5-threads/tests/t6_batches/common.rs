//! What the tests of batches have in common.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use sidepunch::connection::Connections;
use sidepunch::{BoxError, Claims, Config, Error, Job, Order, Server, Stop, Worker};
use testkit::Kit;

pub struct Tell(pub Sender<u64>);

impl Worker for Tell {
    const CLASS: &'static str = "TellWorker";
    type Args = (u64,);

    fn perform(&self, (number,): Self::Args, _: &Job) -> Result<(), BoxError> {
        self.0.send(number)?;
        if matches!(number % 100, 7 | 9) {
            Err("out of luck".into())
        } else {
            Ok(())
        }
    }
}

/// Says that it has begun, then waits until it may end.
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

pub struct Running {
    pub told: Receiver<u64>,
    pub begins: Receiver<u64>,
    pub end: Sender<()>,
    pub stop: Stop,
    pub task: testkit::Task<Result<(), Error>>,
}

pub fn run(kit: &Kit, url: String, queues: &[&str], concurrency: usize) -> Running {
    let ((tell, told), (begun, begins), (end, may_end)) = (channel(), channel(), channel());
    let may_end = Mutex::new(may_end);
    let config = Config {
        redis: url,
        queues: Order {
            queues: queues.iter().map(|name| ((*name).to_owned(), 1)).collect(),
            weighted: false,
        },
        concurrency,
        batch: 64,
        reconnect: Duration::from_millis(100),
        block: Duration::from_millis(100),
        ..Config::default()
    };
    let server = Server::new(config).expect("a URL of a Redis");
    let mut server = server.register(Tell(tell)).register(Gate { begun, may_end });
    Running {
        told,
        begins,
        end,
        stop: server.stop(),
        task: kit.spawn(move || server.run()),
    }
}

impl Running {
    pub fn stop(self, kit: &Kit) {
        self.stop.request();
        kit.assert("run returns Ok(())", self.task.join("run returns").is_ok());
    }
}

pub fn job(class: &str, number: u64) -> String {
    json!({"class": class, "args": [number], "retry": 0}).to_string()
}

/// A thread's claims, to be called by hand.
pub fn claims(url: &str) -> Claims {
    let connections = Connections::new(url).expect("a URL of a Redis");
    Claims::new(&Config::default(), Arc::new(connections), "me:1:abc", 0)
}

pub fn push(kit: &Kit, class: &str, queue: &str, numbers: impl Iterator<Item = u64>) {
    let jobs: Vec<String> = numbers.map(|number| job(class, number)).collect();
    let jobs: Vec<&[u8]> = jobs.iter().map(String::as_bytes).collect();
    kit.lpush(&format!("queue:{queue}"), &jobs);
}

pub fn processed(kit: &Kit) -> u64 {
    kit.query::<Option<u64>>(&["GET", "stat:processed"]).unwrap_or_default()
}

/// How many jobs are in flight.
pub fn in_flight(kit: &Kit) -> usize {
    let keys = kit.keys().into_iter().filter(|key| key.starts_with("inflight:"));
    let lists = keys.filter(|key| kit.query::<String>(&["TYPE", key]) == "list");
    lists.map(|key| kit.list(&key).len()).sum()
}

pub fn redis_connection(url: &str) -> redis::RedisResult<redis::Connection> {
    redis::Client::open(url)?.get_connection()
}
