//! No job is lost, whichever process is killed. The tests take minutes, so they run on request:
//! `cargo kata verify --slow`, or `cargo test -p step5-threads never_lost -- --ignored`.

use std::collections::HashSet;
use std::env;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;
use sidepunch::{BoxError, Client, Config, Error, Job, Server, Worker};
use testkit::Kit;

use crate::server::in_flight;

/// The number of threads of a worker process.
const THREADS: usize = 10;

/// The environment variables with the role (worker or client) and the Redis of a child process.
const ROLE: &str = "NEVER_LOST_ROLE";
const REDIS: &str = "NEVER_LOST_REDIS";

/// Appends its number to the list `done`, in a round trip, and sleeps for some milliseconds.
struct Append(String, Mutex<Vec<redis::Connection>>);

impl Worker for Append {
    const CLASS: &'static str = "AppendWorker";
    type Args = (u64, u64);

    fn perform(&self, (number, milliseconds): Self::Args, _: &Job) -> Result<(), BoxError> {
        let idle = || self.1.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = idle().pop();
        let mut connection = match taken {
            Some(connection) => connection,
            None => redis::Client::open(self.0.as_str())?.get_connection()?,
        };
        redis::cmd("RPUSH").arg("done").arg(number).exec(&mut connection)?;
        idle().push(connection);
        thread::sleep(Duration::from_millis(milliseconds));
        Ok(())
    }
}

/// Not a test: the child processes run this. They read their role from the environment.
#[test]
fn runs_a_child_process() {
    let (Ok(role), Ok(redis)) = (env::var(ROLE), env::var(REDIS)) else {
        return;
    };
    if role == "client" {
        let client = Client::connect(&redis).expect("a URL of a Redis");
        for start in (0_u64..).step_by(10_000) {
            Append::perform_bulk(&client, (start..start + 10_000).map(|number| (number, 0))).expect("Redis is there");
        }
    }
    let config = Config {
        redis: redis.clone(),
        concurrency: THREADS,
        timeout: Duration::from_millis(500),
        poll: Duration::from_secs(1),
        ..Config::default()
    };
    let server = Server::new(config).expect("a URL of a Redis");
    let mut server = server.register(Append(redis, Mutex::default()));
    let stop = server.stop();
    // The parent closes stdin to request a stop.
    thread::spawn(move || {
        let _ = std::io::stdin().read(&mut [0]);
        stop.request();
    });
    // If it starts while Redis is away, `run` returns an error. A supervisor would start it again.
    while let Err(error) = server.run() {
        assert!(
            matches!(error, Error::Unreachable { .. } | Error::Refused { .. }),
            "{error}"
        );
        thread::sleep(Duration::from_millis(100));
    }
    std::process::exit(0);
}

/// A process of this file, which is killed with the test.
struct Process(Child);

impl Process {
    fn start(kit: &Kit, role: &str) -> Process {
        let mut command = Command::new(env::current_exe().expect("this program has a path"));
        command.args(["--exact", "never_lost::runs_a_child_process", "--nocapture"]);
        command.env(ROLE, role).env(REDIS, kit.url());
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        Process(command.spawn().expect("this program starts again"))
    }

    fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }

    /// Stops the process as TERM would. Returns true if it exited without an error.
    fn stop(&mut self) -> bool {
        drop(self.0.stdin.take());
        self.0.wait().is_ok_and(|status| status.success())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

fn push(kit: &Kit, payloads: &[Vec<u8>]) {
    for payloads in payloads.chunks(1_000) {
        let payloads: Vec<&[u8]> = payloads.iter().map(Vec::as_slice).collect();
        kit.lpush("queue:default", &payloads);
    }
}

fn job(number: u64, milliseconds: u64) -> Vec<u8> {
    json!({"class": "AppendWorker", "args": [number, milliseconds], "jid": format!("{number:024x}")})
        .to_string()
        .into_bytes()
}

/// Waits until no job is queued, in flight, or waiting for a retry.
fn wait_until_done(kit: &Kit) {
    let minutes = Duration::from_secs(180);
    kit.eventually_in(minutes, "every job ends, and no job is stuck", || {
        let in_flight = in_flight(kit).len();
        let waiting: (usize, usize) = (kit.query(&["LLEN", "queue:default"]), kit.query(&["ZCARD", "retry"]));
        // Jobs that failed during a restart of Redis would be due in seconds, and are due now.
        if waiting.1 > 0 {
            let jobs: Vec<String> = kit.query(&["ZRANGE", "retry", "0", "-1"]);
            for job in jobs {
                kit.command(&["ZADD", "retry", "XX", "0", &job]);
            }
        }
        (in_flight, waiting) == (0, (0, 0))
    });
}

fn done(kit: &Kit) -> Vec<u64> {
    kit.query(&["LRANGE", "done", "0", "-1"])
}

/// 20,000 jobs and three processes. 40 times a process is killed with -9, 10 times one is stopped,
/// and 3 times Redis restarts with its data. Catches: a job that is lost, or stays in flight.
#[test]
#[ignore = "takes a minute: cargo kata verify --slow"]
fn loses_no_job_during_kills_and_restarts() {
    let kit = testkit::kit!(own);
    let jobs = 20_000;
    // Most are quick, and run in batches; one of eight is slow, so that the last kill finds jobs.
    let payloads = (0..jobs).map(|number| job(number, if number.is_multiple_of(8) { 60 } else { 0 }));
    push(&kit, &payloads.collect::<Vec<_>>());
    let mut random = SmallRng::seed_from_u64(
        env::var("KATA_SEED")
            .ok()
            .and_then(|seed| seed.parse().ok())
            .unwrap_or(1),
    );
    let mut processes: Vec<Process> = (0..3).map(|_| Process::start(&kit, "worker")).collect();
    let (mut kills, mut stops, mut restarts) = (40, 10, 3);
    while kills + stops + restarts > 0 {
        thread::sleep(Duration::from_millis(random.random_range(20..200)));
        let place = random.random_range(0..processes.len());
        match random.random_range(0..kills + stops + restarts) {
            number if number < kills => {
                kills -= 1;
                processes[place].kill();
                processes[place] = Process::start(&kit, "worker");
            }
            number if number < kills + stops => {
                stops -= 1;
                kit.assert("a stopped process exits with 0", processes[place].stop());
                processes[place] = Process::start(&kit, "worker");
            }
            _ => {
                restarts -= 1;
                kit.server().restart();
            }
        }
    }
    wait_until_done(&kit);
    let numbers = done(&kit);
    let different: HashSet<u64> = numbers.iter().copied().collect();
    let dead: Vec<String> = kit.query(&["ZRANGE", "dead", "0", "-1"]);
    let lost = (0..jobs).filter(|number| !different.contains(number));
    let lost = lost.filter(|number| !dead.iter().any(|dead| dead.contains(&format!("{number:024x}"))));
    kit.assert_eq(
        "every job was performed, or is in `dead`",
        lost.collect::<Vec<_>>(),
        Vec::<u64>::new(),
    );
    // A kill repeats the jobs of one millisecond for each thread, and a job takes at least 50 µs.
    let twice = numbers.len() - different.len();
    let bound = 40 * THREADS * 20;
    eprintln!(
        "{twice} jobs were performed more than once, {} are in `dead`",
        dead.len()
    );
    kit.assert(
        &format!("at most {bound} jobs were performed twice, got {twice}"),
        twice <= bound,
    );
}

/// Catches: a bulk push that sends jobs one by one, and cuts one in two; a queue not in `queues`.
#[test]
#[ignore = "takes a while: cargo kata verify --slow"]
fn pushes_whole_jobs_if_the_client_is_killed() {
    let kit = testkit::kit!();
    let database = format!(" db={} ", kit.url().rsplit('/').next().unwrap_or_default());
    let clients = || {
        let clients: String = kit.query(&["CLIENT", "LIST"]);
        clients.lines().filter(|client| client.contains(&database)).count()
    };
    let before = clients();
    let mut client = Process::start(&kit, "client");
    kit.eventually_in(Duration::from_secs(60), "many jobs are pushed", || {
        kit.query::<u64>(&["LLEN", "queue:default"]) > 20_000
    });
    client.kill();
    // Redis still reads all that the client has sent before it was killed.
    kit.eventually("Redis has noticed it", || clients() <= before);
    let pushed: u64 = kit.query(&["LLEN", "queue:default"]);
    kit.assert_eq("the jobs were pushed by the thousand", pushed % 1_000, 0);
    kit.assert_eq(
        "their queue is in `queues`",
        kit.query::<Vec<String>>(&["SMEMBERS", "queues"]),
        vec!["default"],
    );
    let _worker = Process::start(&kit, "worker");
    wait_until_done(&kit);
    let mut numbers = done(&kit);
    numbers.sort_unstable();
    kit.assert_eq("as many are performed as were pushed", numbers.len() as u64, pushed);
    kit.assert(
        "all pushed jobs are performed, from the first on",
        numbers == (0..pushed).collect::<Vec<_>>(),
    );
}

/// Catches: a payload that ends a thread, that stays in flight, or that takes other jobs with it.
#[test]
#[ignore = "takes a while: cargo kata verify --slow"]
fn performs_valid_jobs_among_malformed_messages() {
    let kit = testkit::kit!();
    let mut random = SmallRng::seed_from_u64(7);
    let good = 5_000;
    for number in 0..good {
        let malformed = (0..20).map(|_| {
            let length = random.random_range(0..60);
            // Some messages begin like a job.
            let mut bytes = if random.random_bool(0.3) {
                job(number, 0)
            } else {
                Vec::new()
            };
            bytes.truncate(random.random_range(0..40));
            bytes.extend((0..length).map(|_| random.random::<u8>()));
            bytes
        });
        let mut payloads: Vec<Vec<u8>> = malformed.collect();
        payloads.push(job(number, 0));
        push(&kit, &payloads);
    }
    let _worker = Process::start(&kit, "worker");
    wait_until_done(&kit);
    let mut numbers = done(&kit);
    numbers.sort_unstable();
    kit.assert(
        "each good job is performed once",
        numbers == (0..good).collect::<Vec<_>>(),
    );
    kit.assert_eq(
        "all messages were counted",
        kit.query::<u64>(&["GET", "stat:processed"]),
        good * 21,
    );
    kit.assert_eq(
        "the malformed ones were counted as failed",
        kit.query::<u64>(&["GET", "stat:failed"]),
        good * 20,
    );
    kit.assert_eq(
        "`dead` contains the newest 10,000",
        kit.query::<u64>(&["ZCARD", "dead"]),
        10_000,
    );
}
