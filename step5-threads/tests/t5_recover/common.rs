//! What the tests of recovery have in common.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use serde_json::json;
use sidepunch::{BoxError, Config, Error, Job, Order, Server, Stop, Worker};
use testkit::Kit;

pub struct Tell(pub Sender<u64>);

impl Worker for Tell {
    const CLASS: &'static str = "TellWorker";
    type Args = (u64,);

    fn perform(&self, (number,): Self::Args, _: &Job) -> Result<(), BoxError> {
        Ok(self.0.send(number)?)
    }
}

pub struct Running {
    pub told: Receiver<u64>,
    pub stop: Stop,
    pub task: testkit::Task<Result<(), Error>>,
}

/// A server that looks for the dead several times a second.
pub fn run(kit: &Kit, queues: &[&str]) -> Running {
    run_with(kit, queues, Duration::from_millis(500))
}

pub fn run_with(kit: &Kit, queues: &[&str], lease: Duration) -> Running {
    let (tell, told) = channel();
    let config = Config {
        redis: kit.url(),
        queues: Order {
            queues: queues.iter().map(|name| ((*name).to_owned(), 1)).collect(),
            weighted: false,
        },
        concurrency: 1,
        lease,
        block: Duration::from_millis(100),
        ..Config::default()
    };
    let mut server = Server::new(config).expect("a URL of a Redis").register(Tell(tell));
    Running {
        told,
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

pub fn job(number: u64) -> String {
    json!({"class": "TellWorker", "args": [number], "jid": format!("{number:024x}")}).to_string()
}

/// A process whose lease ends so many seconds from now, and that holds these jobs: the first is the first that it claimed.
pub fn process(kit: &Kit, identity: &str, lease: f64, queue: &str, jobs: &[String]) {
    // The jobs come first: a server that runs already would forget a process that holds nothing.
    for job in jobs {
        kit.command(&["LPUSH", &format!("inflight:{identity}:0:{queue}"), job]);
    }
    let time: (f64, f64) = kit.query(&["TIME"]);
    kit.command(&["ZADD", "leases", &(time.0 + lease).to_string(), identity]);
}

pub fn told(kit: &Kit, running: &Running) -> u64 {
    kit.wait_for("a job of the dead process is performed", || {
        running.told.try_recv().ok()
    })
}

/// How often a server has looked for the dead.
pub fn looks(kit: &Kit) -> usize {
    let commands = kit.commands();
    let looks = commands
        .iter()
        .filter(|command| command.starts_with("EVAL") && command.contains("ZRANGEBYSCORE"));
    looks.count()
}

pub fn of(kit: &Kit, identity: &str) -> Vec<String> {
    kit.keys().into_iter().filter(|key| key.contains(identity)).collect()
}
