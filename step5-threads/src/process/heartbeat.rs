//! The signs of life: the lease, what Sidekiq's pages show of this process, and the orders that they give.

use std::sync::Arc;
use std::time::{Duration, Instant};

use redis::{Cmd, Commands, Connection, RedisError, RedisResult};
use serde_json::{Value, json};
use tracing::{debug, info};

use crate::process::identity;
use crate::server::Shared;
use crate::wire::{clock, keys};
use crate::{Error, Stop};

/// How long Sidekiq's pages believe in a process that is silent, in seconds: Sidekiq's number.
const EXPIRE: i64 = 60;

/// `KEYS`: leases. `ARGV`: the process, the length of a lease in seconds. A full Redis must not take the living for dead, so
/// the first write takes something away.
const RENEW_LEASE: &str = r"
redis.call('ZREM', KEYS[1], ARGV[1])
local time = redis.call('TIME')
redis.call('ZADD', KEYS[1], time[1] + time[2] / 1e6 + ARGV[2], ARGV[1])";

/// What Sidekiq's pages show of this process. `KEYS`: processes, the process, its hashes of work. `ARGV`: for how long, how many
/// of the rest belong to the process; names and values, of the process and then of the work. One command, for one answer:
/// `redis` waits for each of a pipeline by itself, and on a dead connection the lease would run out meanwhile. A full Redis
/// must not take the living off the pages, so the first write takes something away, too.
const BEAT: &str = r"
redis.call('SREM', KEYS[1], KEYS[2])
redis.call('SADD', KEYS[1], KEYS[2])
local function write(key, from, to)
  for i = from, to, 2 do redis.call('HSET', key, ARGV[i], ARGV[i + 1]) end
  redis.call('EXPIRE', key, ARGV[1])
end
write(KEYS[2], 3, 2 + ARGV[2])
for i = 3, #KEYS do
  redis.call('DEL', KEYS[i])
  write(KEYS[i], 3 + ARGV[2], #ARGV)
end";

/// The heart of a server.
pub struct Heartbeat {
    shared: Arc<Shared>,
    info: String,
    round_trip: Duration,
    /// Its own: it may not wait for long, since others need to hear of it within a lease.
    connection: Option<Connection>,
}

impl Heartbeat {
    /// The heart of this server. It does not beat yet.
    pub fn new(shared: Arc<Shared>) -> Heartbeat {
        let (config, identity) = (&shared.config, &shared.identity);
        let names = config.queues.names();
        let weights = config.queues.queues.iter().cloned();
        let weights: serde_json::Map<String, Value> = weights.map(|(name, weight)| (name, weight.into())).collect();
        let info = json!({
            "hostname": identity::hostname(), "started_at": clock::now(), "pid": std::process::id(), "tag": "",
            "concurrency": config.concurrency, "queues": names, "labels": [], "identity": identity,
            "weights": [weights], "version": env!("CARGO_PKG_VERSION"), "embedded": false,
        });
        Heartbeat {
            info: info.to_string(),
            shared,
            round_trip: Duration::ZERO,
            connection: None,
        }
    }

    /// Beats until the server is over.
    pub fn run(&mut self) {
        let mut last: Option<Instant> = None;
        loop {
            let mut result = self.renew();
            if last.is_none_or(|last| last.elapsed() >= self.shared.config.beat) {
                let now = Instant::now();
                result = result.and_then(|()| self.beat());
                // One that failed is made up for with the next renewal.
                last = result.is_ok().then_some(now).or(last);
            }
            if let Err(error) = result {
                // The threads tell of it.
                debug!("{error}");
            }
            if self
                .shared
                .over
                .wait((self.shared.config.lease / 5).min(self.shared.config.beat))
            {
                return;
            }
        }
    }

    fn renew(&mut self) -> Result<(), Error> {
        let renew = renewal(&self.shared);
        let answer = self.ask(|connection| renew.exec(connection));
        self.shared.renewals.note(answer.is_ok());
        answer
    }

    fn ask<T>(&mut self, commands: impl FnOnce(&mut Connection) -> RedisResult<T>) -> Result<T, Error> {
        let connections = &self.shared.connections;
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => connections.open(self.shared.config.lease / 5)?,
        };
        let answer = commands(&mut connection);
        if !answer.as_ref().is_err_and(RedisError::is_io_error) {
            self.connection = Some(connection);
        }
        answer.map_err(|source| connections.error(source))
    }

    /// Tells what Sidekiq's pages show, and obeys an order.
    fn beat(&mut self) -> Result<(), Error> {
        let (shared, work, start) = (self.shared.clone(), self.work(), Instant::now());
        let identity = &shared.identity;
        // By itself: a full Redis refuses the rest.
        let orders = format!("{identity}-signals");
        let order: Option<String> = self.ask(|connection| connection.rpop(orders, None))?;
        self.round_trip = start.elapsed();
        if let Some(order) = order {
            obey(&shared.stop, &order);
        }
        let fields = [
            ("info", self.info.clone()),
            ("concurrency", shared.config.concurrency.to_string()),
            ("busy", work.len().to_string()),
            ("beat", clock::now().to_string()),
            ("rtt_us", self.round_trip.as_micros().to_string()),
            ("quiet", shared.stop.is_quiet().to_string()),
            ("rss", resident().to_string()),
        ];
        let mut beat = redis::cmd("EVAL");
        beat.arg((BEAT, 4, keys::PROCESSES, identity, &work_keys(identity)))
            .arg((EXPIRE, 2 * fields.len(), &fields, &work));
        self.ask(|connection| beat.exec(connection))
    }

    /// What each thread is at.
    fn work(&self) -> Vec<(String, String)> {
        let mut work = Vec::new();
        for thread in 0..self.shared.holds.len() {
            if let Some((job, since)) = self.shared.running(thread) {
                let run_at = (clock::now() - since.elapsed().as_secs_f64()) as u64;
                let payload = String::from_utf8_lossy(&job.payload);
                let told = json!({"queue": &*job.queue, "payload": payload, "run_at": run_at});
                work.push((thread.to_string(), told.to_string()));
            }
        }
        work
    }

    /// The last word: no page shows the process any more.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`].
    pub fn end(&self) -> Result<(), Error> {
        let identity = &self.shared.identity;
        let mut pipe = redis::pipe();
        pipe.srem(keys::PROCESSES, identity)
            .del(identity)
            .del(&work_keys(identity));
        self.shared.connections.run(|connection| pipe.exec(connection))
    }
}

/// A Sidekiq page's button was pressed.
fn obey(stop: &Stop, order: &str) {
    match order {
        "TSTP" => stop.quiet(),
        "TERM" => stop.request(),
        _ => return,
    }
    info!("told to {}", if order == "TERM" { "stop" } else { "be quiet" });
}

/// Renews the lease of this process.
pub fn renewal(shared: &Shared) -> Cmd {
    let mut renew = redis::cmd("EVAL");
    let lease = shared.config.lease.as_secs_f64();
    renew.arg((RENEW_LEASE, 1, keys::LEASES, &shared.identity, lease));
    renew
}

/// Both names are written: Sidekiq before 6.5 reads the second, later ones the first.
fn work_keys(identity: &str) -> [String; 2] {
    ["work", "workers"].map(|name| format!("{identity}:{name}"))
}

/// The memory that this process uses, in kilobytes; 0 where there is no `/proc`.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().split(' ').next()?.parse().ok())
        .unwrap_or_default()
}
