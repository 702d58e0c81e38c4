//! Fixtures of the tests of step 5: a server, its jobs, and the data in Redis.

use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use serde_json::{Value, json};
use sidepunch::{Config, Connections, InFlight, Server};
use testkit::{Kit, Program};

use crate::support::RunningServer;

/// The identity of the process for which a test calls [`InFlight`] itself.
pub const ME: &str = "me:1:abc";

/// Returns settings with short waits, for a server at this Redis.
pub fn quick(redis: String) -> Config {
    Config {
        redis,
        reconnect: Duration::from_millis(100),
        block: Duration::from_millis(100),
        ..Config::default()
    }
}

/// Runs a server with these settings. It has the worker of [`job`].
pub fn start(kit: &Kit, config: Config) -> RunningServer {
    RunningServer::start(kit, server(config))
}

/// Returns a server with these settings, to which a test adds its own worker.
pub fn server(config: Config) -> Server {
    Server::new(config).expect("a URL of a Redis")
}

/// Returns a job that does what its script says, such as `job(7, &["hold", "fail"])`; see
/// `step2-poller/tests/scripted.rs`.
pub fn job(number: u64, script: &[&str]) -> String {
    job_with(number, script, json!({}))
}

/// Like [`job`], with these fields added or replaced.
pub fn job_with(number: u64, script: &[&str], fields: Value) -> String {
    let mut job = json!({"class": "ScriptedWorker", "args": [number, script], "jid": format!("{number:024x}")});
    for (name, value) in fields.as_object().into_iter().flatten() {
        job[name] = value.clone();
    }
    job.to_string()
}

/// Pushes jobs onto a queue, atomically.
pub fn push<T: AsRef<[u8]>>(kit: &Kit, queue: &str, jobs: impl IntoIterator<Item = T>) {
    let jobs: Vec<T> = jobs.into_iter().collect();
    let payloads: Vec<&[u8]> = jobs.iter().map(AsRef::as_ref).collect();
    kit.lpush(&format!("queue:{queue}"), &payloads);
}

/// Waits until the next job begins, and returns its number.
#[track_caller]
pub fn begins(kit: &Kit, begun: &Receiver<u64>) -> u64 {
    kit.wait_for("a job begins", || begun.try_recv().ok())
}

/// Returns the jobs in flight, each with the in-flight list that contains it.
pub fn in_flight(kit: &Kit) -> Vec<(String, String)> {
    let lists = keys_with(kit, "sidepunch:inflight:").into_iter();
    let lists = lists.filter(|key| kit.query::<String>(&["TYPE", key]) == "list");
    lists
        .flat_map(|list| kit.list(&list).into_iter().map(move |job| (list.clone(), job)))
        .collect()
}

/// Adds a job to an in-flight list of a process, as a fetch does.
pub fn add_in_flight(kit: &Kit, identity: &str, holder: &str, queue: &str, job: &(impl AsRef<[u8]> + ?Sized)) {
    let list = format!("sidepunch:inflight:{identity}:{holder}:{queue}");
    kit.lpush(&list, &[job.as_ref()]);
    kit.command(&["SADD", &format!("sidepunch:lists:{identity}"), &list]);
}

/// Returns the keys whose names contain this text.
pub fn keys_with(kit: &Kit, text: &str) -> Vec<String> {
    kit.keys().into_iter().filter(|key| key.contains(text)).collect()
}

/// Returns how many jobs are counted as processed.
pub fn processed(kit: &Kit) -> u64 {
    count(kit, "stat:processed")
}

/// Returns how many jobs are counted as failed.
pub fn failed(kit: &Kit) -> u64 {
    count(kit, "stat:failed")
}

/// Returns the number in a counter; 0 if there is no such key.
pub fn count(kit: &Kit, counter: &str) -> u64 {
    kit.query::<Option<u64>>(&["GET", counter]).unwrap_or_default()
}

/// Returns the number of members of a sorted set.
pub fn card(kit: &Kit, set: &str) -> usize {
    kit.query(&["ZCARD", set])
}

/// Waits until a process is in `processes`, and returns its identity.
#[track_caller]
pub fn identity(kit: &Kit) -> String {
    kit.wait_for("the process is in `processes`", || {
        kit.query::<Vec<String>>(&["SMEMBERS", "processes"]).pop()
    })
}

/// Returns the in-flight lists of the thread 0 of [`ME`], which a test calls itself.
pub fn in_flight_lists(redis: String) -> InFlight {
    in_flight_lists_of(ME, 0, &quick(redis))
}

/// Returns the in-flight lists of a thread of any process, which a test calls itself.
pub fn in_flight_lists_of(identity: &str, thread: usize, config: &Config) -> InFlight {
    let connections = Connections::new(&config.redis).expect("a URL of a Redis");
    InFlight::new(config, Arc::new(connections), identity, thread)
}

/// Returns how many lines of the program's log contain all of these texts.
pub fn lines(program: &Program, texts: &[&str]) -> usize {
    let log = program.stderr();
    let found = log.lines().filter(|line| texts.iter().all(|text| line.contains(text)));
    found.count()
}

/// Returns how many commands that contain this text Redis has received.
pub fn sent(kit: &Kit, text: &str) -> usize {
    kit.commands().iter().filter(|command| command.contains(text)).count()
}
