//! The lease of a process: until it expires, no other process touches the jobs of this one.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use redis::{Connection, RedisResult, Script};

use crate::wire::{Connections, DedicatedConnection, RefusalLog, keys};
use crate::{Config, Error, Stop};

const RENEW: &str = include_str!("scripts/renew.lua");
const RELEASE: &str = include_str!("scripts/release.lua");

/// The processes whose lease has expired, each with the end of its lease.
pub type Expired = Vec<(String, String)>;

/// The lease of this process, by Redis's clock.
pub struct Lease {
    connections: Arc<Connections>,
    identity: String,
    duration: Duration,
    /// `None` after a renewal that failed.
    streak: Mutex<Option<Streak>>,
    /// The number of processes with a lease, at the last renewal.
    processes: AtomicUsize,
}

/// Renewals without a gap between them.
#[derive(Clone, Copy)]
struct Streak {
    /// When the first one had ended.
    since: Instant,
    /// When the last one was sent.
    last: Instant,
    /// The time of the last one by Redis's clock, in seconds since 1970.
    redis_time: f64,
}

impl Lease {
    /// Creates the lease of this process, without taking it.
    pub fn new(config: &Config, connections: Arc<Connections>, identity: &str) -> Lease {
        Lease {
            connections,
            identity: identity.to_owned(),
            duration: config.lease,
            streak: Mutex::default(),
            processes: AtomicUsize::new(1),
        }
    }

    /// Takes the lease.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`].
    pub fn acquire(&self) -> Result<(), Error> {
        self.connections
            .with_connection(|connection| self.renew(connection))
            .map(drop)
    }

    /// Renews the lease more than twice as often as necessary, until `stop` is requested. Each
    /// renewal has a short timeout, because a late one is useless. Sends the processes whose lease
    /// has expired to the recovery, unless a list of them is waiting for it already.
    pub fn keep_renewing(&self, recovery: &SyncSender<Expired>, stop: &Stop) {
        let mut connection = DedicatedConnection::new(self.connections.clone(), self.duration / 5);
        let mut refusals = RefusalLog::default();
        loop {
            let sent_at = Instant::now();
            let renewed = connection.run(|connection| self.renew(connection));
            self.record_renewal(sent_at, renewed.as_ref().ok().map(|(_, redis_time)| *redis_time));
            refusals.record("renew the lease", &renewed);
            let pause = match renewed {
                Ok((expired, _)) => {
                    if !expired.is_empty() {
                        // If a list is waiting already, a later renewal finds them again.
                        let _ = recovery.try_send(expired);
                    }
                    self.duration * 2 / 5
                }
                Err(_) => self.duration / 10,
            };
            if stop.wait(pause) {
                return;
            }
        }
    }

    /// Returns true if every renewal was in time for at least one lease period. Only then may this
    /// process consider others dead. After an outage every lease has expired, and if this process
    /// was suspended, others may have been suspended together with it.
    pub fn is_stable(&self) -> bool {
        let streak = *self.streak.lock().unwrap_or_else(PoisonError::into_inner);
        streak.is_some_and(|streak| streak.since.elapsed() > self.duration && streak.last.elapsed() < self.max_gap())
    }

    /// Returns true if this process has held the lease without interruption since `then`, and the
    /// lease lasts for at least another half of its duration.
    pub fn is_held_since(&self, then: Instant) -> bool {
        let streak = *self.streak.lock().unwrap_or_else(PoisonError::into_inner);
        streak.is_some_and(|streak| streak.since <= then && streak.last.elapsed() < self.duration / 2)
    }

    /// Returns how many processes had a lease at the last renewal, this one included.
    pub fn processes(&self) -> usize {
        self.processes.load(Ordering::Relaxed)
    }

    /// Ends the lease now, so that other processes recover the jobs that this one still holds.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`].
    pub fn release(&self) -> Result<(), Error> {
        let script = Script::new(RELEASE);
        self.connections
            .with_connection(|connection| script.key(keys::LEASES).arg(&self.identity).invoke(connection))
    }

    /// Renews the lease. Returns the processes whose lease has expired, and the time of Redis's clock
    /// in seconds since 1970.
    fn renew(&self, connection: &mut Connection) -> RedisResult<(Expired, f64)> {
        let script = Script::new(RENEW);
        let mut renew = script.key(keys::LEASES);
        renew.arg((&self.identity, self.duration.as_secs_f64()));
        let (processes, all, redis_time): (usize, Vec<(Vec<u8>, String)>, f64) = renew.invoke(connection)?;
        self.processes.store(processes, Ordering::Relaxed);
        // An identity that is not UTF-8 is not one of ours.
        let text = |(identity, end)| Some((String::from_utf8(identity).ok()?, end));
        Ok((all.into_iter().filter_map(text).collect(), redis_time))
    }

    /// Records a renewal that was sent at this time and has ended now. `redis_time` is its time by
    /// Redis's clock; `None` if it failed.
    fn record_renewal(&self, sent_at: Instant, redis_time: Option<f64>) {
        let mut streak = self.streak.lock().unwrap_or_else(PoisonError::into_inner);
        *streak = redis_time.map(|redis_time| {
            // By Redis's clock, because that of a suspended machine may stand still.
            let in_time = |streak: &Streak| redis_time - streak.redis_time < self.max_gap().as_secs_f64();
            Streak {
                since: streak.filter(in_time).map_or_else(Instant::now, |streak| streak.since),
                last: sent_at,
                redis_time,
            }
        });
    }

    /// Returns the longest time between two renewals of an uninterrupted lease.
    fn max_gap(&self) -> Duration {
        self.duration * 3 / 5
    }
}
