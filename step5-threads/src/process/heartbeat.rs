//! The heartbeat: publishes the state of this process for Sidekiq's Web UI, and receives signals
//! from it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use redis::RedisResult;
use serde_json::{Value, json};
use tracing::info;

use super::identity;
use crate::in_flight::CurrentBatch;
use crate::wire::{Connections, DedicatedConnection, RefusalLog, clock, keys};
use crate::{Config, Error, Stop};

/// How long Sidekiq's Web UI shows a process after its last heartbeat, in seconds, as in Sidekiq.
const PROCESS_TTL: i64 = 60;

const HEARTBEAT: &str = include_str!("scripts/heartbeat.lua");

/// Publishes the state of this process for Sidekiq's Web UI.
pub struct Heartbeat {
    identity: String,
    config: Config,
    batches: Vec<CurrentBatch>,
    stop: Stop,
    info: String,
    round_trip: Duration,
    connection: DedicatedConnection,
}

impl Heartbeat {
    /// Creates the heartbeat of a process with these batches, one for each processor. Signals from
    /// the Web UI are passed on to `stop`.
    pub fn new(
        config: &Config,
        connections: Arc<Connections>,
        identity: &str,
        batches: Vec<CurrentBatch>,
        stop: Stop,
    ) -> Heartbeat {
        let names = config.queues.names();
        let weights = config.queues.queues.iter().cloned();
        let weights: serde_json::Map<String, Value> = weights.map(|(name, weight)| (name, weight.into())).collect();
        let info = json!({
            "hostname": identity::hostname(), "started_at": clock::now(), "pid": std::process::id(), "tag": config.tag,
            "concurrency": config.concurrency, "queues": names, "labels": config.labels, "identity": identity,
            "weights": [weights], "version": env!("CARGO_PKG_VERSION"), "embedded": false,
        });
        Heartbeat {
            identity: identity.to_owned(),
            config: config.clone(),
            batches,
            stop,
            info: info.to_string(),
            round_trip: Duration::ZERO,
            connection: DedicatedConnection::new(connections, config.lease / 5),
        }
    }

    /// Publishes the state at an interval, until `services_stop` is requested. After an error,
    /// tries again after a fifth of a lease at the latest.
    pub fn run(&mut self, services_stop: &Stop) {
        let mut refusals = RefusalLog::default();
        loop {
            let published = self.publish();
            refusals.record("publish the heartbeat", &published);
            let pause = match published {
                // At once, so that the Web UI shows the effect of the signal.
                Ok(true) => Duration::ZERO,
                Ok(false) => self.config.heartbeat,
                Err(_) => self.config.heartbeat.min(self.config.lease / 5),
            };
            if services_stop.wait(pause) {
                return;
            }
        }
    }

    /// Publishes the state of the process, and handles one signal. Returns true if there was one.
    fn publish(&mut self) -> Result<bool, Error> {
        let running_jobs = self.running_jobs();
        let fields = [
            ("info", self.info.clone()),
            ("concurrency", self.config.concurrency.to_string()),
            ("busy", running_jobs.len().to_string()),
            ("beat", clock::now().to_string()),
            ("rtt_us", self.round_trip.as_micros().to_string()),
            ("quiet", self.stop.is_quiet().to_string()),
            ("rss", resident_memory().to_string()),
        ];
        // Two commands in one round trip: if Redis rejects the second one, the signal is handled
        // all the same.
        let mut pipe = redis::pipe();
        pipe.rpop(format!("{}-signals", self.identity), None);
        pipe.cmd("EVAL")
            .arg((HEARTBEAT, 4, keys::PROCESSES, &self.identity))
            .arg(&work_keys(&self.identity))
            .arg((PROCESS_TTL, 2 * fields.len(), &fields, &running_jobs));
        pipe.ignore_errors();
        let (mut signal, start) = (None::<String>, Instant::now());
        let published = self.connection.run(|connection| {
            let (read, published): (RedisResult<_>, RedisResult<()>) = pipe.query(connection)?;
            signal = read?;
            published
        });
        self.round_trip = start.elapsed();
        if let Some(signal) = &signal {
            handle_signal(&self.stop, signal);
        }
        published.map(|()| signal.is_some())
    }

    /// Returns the job that each processor is performing.
    fn running_jobs(&self) -> Vec<(String, String)> {
        let mut running_jobs = Vec::new();
        for (processor, batch) in self.batches.iter().enumerate() {
            if let Some((job, since)) = batch.running() {
                let run_at = (clock::now() - since.elapsed().as_secs_f64()) as u64;
                let payload = String::from_utf8_lossy(&job.payload);
                let entry = json!({"queue": &*job.queue, "payload": payload, "run_at": run_at});
                running_jobs.push((processor.to_string(), entry.to_string()));
            }
        }
        running_jobs
    }
}

/// Removes the process from Sidekiq's Web UI.
///
/// # Errors
/// [`Error::Unreachable`] and [`Error::Refused`].
pub fn deregister(connections: &Connections, identity: &str) -> Result<(), Error> {
    let mut pipe = redis::pipe();
    pipe.srem(keys::PROCESSES, identity)
        .del(identity)
        .del(&work_keys(identity));
    connections.with_connection(|connection| pipe.exec(connection))
}

/// Handles a signal from a button of Sidekiq's Web UI.
fn handle_signal(stop: &Stop, signal: &str) {
    match signal {
        "TSTP" => stop.quiet(),
        "TERM" => stop.request(),
        _ => return,
    }
    info!("received {signal} from the Web UI");
}

/// Returns the keys of the running jobs. Both are written: Sidekiq before 6.5 reads the second one,
/// later versions read the first one.
fn work_keys(identity: &str) -> [String; 2] {
    ["work", "workers"].map(|name| format!("{identity}:{name}"))
}

/// Returns the resident memory of this process in kilobytes, or 0 if there is no `/proc`.
fn resident_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().split(' ').next()?.parse().ok())
        .unwrap_or_default()
}
