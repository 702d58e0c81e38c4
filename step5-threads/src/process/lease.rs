//! The lease of a process: until it expires, no other process touches the jobs of this one.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use redis::{Cmd, Script};
use tracing::debug;

use crate::wire::{Connections, DedicatedConnection, keys};
use crate::{Config, Error, Stop};

const RENEW: &str = include_str!("scripts/renew.lua");
const EXPIRED: &str = include_str!("scripts/expired.lua");
const RELEASE: &str = include_str!("scripts/release.lua");

/// The lease of this process, by Redis's clock.
pub struct Lease {
    connections: Arc<Connections>,
    identity: String,
    duration: Duration,
    /// The time since which every renewal was in time, and the time of the last renewal; `None`
    /// after a failed one.
    streak: Mutex<Option<(Instant, Instant)>>,
}

impl Lease {
    /// Creates the lease of this process, without taking it.
    pub fn new(config: &Config, connections: Arc<Connections>, identity: &str) -> Lease {
        Lease {
            connections,
            identity: identity.to_owned(),
            duration: config.lease,
            streak: Mutex::default(),
        }
    }

    /// Takes the lease.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`].
    pub fn acquire(&self) -> Result<(), Error> {
        let renew = self.renewal();
        self.connections.with_connection(|connection| renew.exec(connection))
    }

    /// Renews the lease five times in each period, until `stop` is requested. The connection has a
    /// short timeout, because a renewal that is late does not help.
    pub fn keep_renewing(&self, stop: &Stop) {
        let interval = self.duration / 5;
        let mut connection = DedicatedConnection::new(self.connections.clone(), interval);
        loop {
            let renew = self.renewal();
            let renewed = connection.run(|connection| renew.exec(connection));
            self.record_renewal(renewed.is_ok());
            // An outage is logged by the processors.
            renewed.unwrap_or_else(|error| debug!("{error}"));
            if stop.wait(interval) {
                return;
            }
        }
    }

    /// Returns true if every renewal was in time for at least one lease period. Only then may this
    /// process consider others dead. After an outage every lease has expired, and if this process
    /// was suspended, others may have been suspended together with it.
    pub fn is_stable(&self) -> bool {
        let streak = *self.streak.lock().unwrap_or_else(PoisonError::into_inner);
        streak.is_some_and(|(since, last)| since.elapsed() > self.duration && self.is_in_time(last))
    }

    /// Returns the other processes whose lease has expired, each with the end of its lease.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`].
    pub fn expired_others(&self) -> Result<Vec<(String, String)>, Error> {
        let script = Script::new(EXPIRED);
        let all: Vec<(Vec<u8>, String)> = self
            .connections
            .with_connection(|connection| script.key(keys::LEASES).invoke(connection))?;
        // An identity that is not UTF-8 is not one of ours.
        let text = |(identity, end)| Some((String::from_utf8(identity).ok()?, end));
        let others = all.into_iter().filter_map(text);
        Ok(others.filter(|(identity, _)| *identity != self.identity).collect())
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

    fn renewal(&self) -> Cmd {
        let mut renew = redis::cmd("EVAL");
        renew.arg((RENEW, 1, keys::LEASES, &self.identity, self.duration.as_secs_f64()));
        renew
    }

    /// Records the result of a renewal that has just ended.
    fn record_renewal(&self, succeeded: bool) {
        let mut streak = self.streak.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let unbroken = streak.filter(|(_, last)| self.is_in_time(*last));
        let since = unbroken.map_or(now, |(since, _)| since);
        *streak = succeeded.then_some((since, now));
    }

    fn is_in_time(&self, last: Instant) -> bool {
        last.elapsed() < self.duration / 2
    }
}
