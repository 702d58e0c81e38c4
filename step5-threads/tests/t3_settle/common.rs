//! What the tests of settling have in common.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use sidepunch::{BoxError, Claimed, Config, Error, Fate, Job, Retry, Server, Stop, Verdict, Worker};
use testkit::Kit;

/// Ends as it is told: `return` or `fail`; says so before, and with `wait` it waits until it may end.
pub struct Obey {
    pub begun: Sender<String>,
    pub may_end: Mutex<Receiver<()>>,
}

impl Worker for Obey {
    const CLASS: &'static str = "ObeyWorker";
    const RETRY: Retry = Retry::Times(5);
    type Args = (String, bool);

    fn perform(&self, (what, wait): Self::Args, _: &Job) -> Result<(), BoxError> {
        self.begun.send(what.clone())?;
        if wait {
            self.may_end.lock().map_err(|_| "poisoned")?.recv()?;
        }
        if what == "fail" {
            Err("out of luck".into())
        } else {
            Ok(())
        }
    }
}

pub struct Running {
    pub begins: Receiver<String>,
    pub end: Sender<()>,
    pub stop: Stop,
    pub task: testkit::Task<Result<(), Error>>,
}

pub fn run(kit: &Kit, url: String) -> Running {
    let ((begun, begins), (end, may_end)) = (channel(), channel());
    let may_end = Mutex::new(may_end);
    let config = Config {
        redis: url,
        concurrency: 2,
        batch: 1,
        reconnect: Duration::from_millis(100),
        block: Duration::from_millis(100),
        ..Config::default()
    };
    let mut server = Server::new(config)
        .expect("a URL of a Redis")
        .register(Obey { begun, may_end });
    Running {
        begins,
        end,
        stop: server.stop(),
        task: kit.spawn(move || server.run()),
    }
}

impl Running {
    pub fn stop(self, kit: &Kit) {
        self.stop.request();
        let ended = self.task.join("run returns");
        kit.assert(&format!("run returns Ok(()), got {ended:?}"), ended.is_ok());
    }
}

/// The counters that exist.
pub fn counters(kit: &Kit) -> Vec<String> {
    kit.keys().into_iter().filter(|key| key.starts_with("stat:")).collect()
}

pub fn job(what: &str, wait: bool, more: &[(&str, Value)]) -> String {
    let mut job = json!({"class": "ObeyWorker", "args": [what, wait], "jid": "b4a577edbccf1d805744efa9"});
    more.iter().for_each(|(key, value)| job[*key] = value.clone());
    job.to_string()
}

pub fn push(kit: &Kit, job: &str) {
    kit.lpush("queue:default", &[job.as_bytes()]);
}

/// How many jobs are in flight.
pub fn in_flight(kit: &Kit) -> usize {
    let keys = kit.keys().into_iter().filter(|key| key.starts_with("inflight:"));
    let lists = keys.filter(|key| kit.query::<String>(&["TYPE", key]) == "list");
    lists.map(|key| kit.list(&key).len()).sum()
}

pub fn count(kit: &Kit, counter: &str) -> u64 {
    kit.query::<Option<u64>>(&["GET", counter]).unwrap_or_default()
}

pub fn card(kit: &Kit, set: &str) -> usize {
    kit.query(&["ZCARD", set])
}

/// A job in the list of this process's thread, as a claim leaves it, and its failure.
pub fn failed(kit: &Kit, list: &str) -> (Arc<Claimed>, Fate) {
    let payload = job("fail", false, &[]);
    kit.command(&["LPUSH", list, &payload]);
    let claimed = Claimed {
        queue: "default".into(),
        payload: payload.into_bytes(),
        waited: list.contains("-waits:"),
    };
    let verdict = Verdict::Retry {
        payload: b"as it is kept".to_vec(),
        at: 1_795_454_181.5,
    };
    (Arc::new(claimed), Fate::Failed(verdict))
}
