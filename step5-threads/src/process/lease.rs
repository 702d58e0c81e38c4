//! The lease of a process: until it expires, no other process touches the jobs that this one holds.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use redis::{Cmd, Script};
use tracing::debug;

use crate::wire::{Connections, Dedicated, keys};
use crate::{Config, Error, Stop};

const RENEW: &str = include_str!("scripts/renew.lua");
const EXPIRED: &str = include_str!("scripts/expired.lua");
const RELEASE: &str = include_str!("scripts/release.lua");

/// The lease of this process, on Redis's clock.
pub struct Lease {
    connections: Arc<Connections>,
    identity: String,
    duration: Duration,
    /// Since when each renewal was in time, and when the last one was; `None` after one that failed.
    streak: Mutex<Option<(Instant, Instant)>>,
}

impl Lease {
    /// Creates the lease of this process. Redis does not know of it yet.
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
    pub fn take(&self) -> Result<(), Error> {
        let renew = self.renewal();
        self.connections.run(|connection| renew.exec(connection))
    }

    /// Renews the lease five times as often as necessary, until it is stopped. On a connection that is soon given up: a renewal
    /// must come in time, or not at all.
    pub fn keep(&self, stop: &Stop) {
        let interval = self.duration / 5;
        let mut connection = Dedicated::new(self.connections.clone(), interval);
        loop {
            let renew = self.renewal();
            let renewed = connection.ask(|connection| renew.exec(connection));
            self.note(renewed.is_ok());
            // The processors log it.
            renewed.unwrap_or_else(|error| debug!("{error}"));
            if stop.wait(interval) {
                return;
            }
        }
    }

    /// Returns true if each renewal was in time for at least one lease period. Only then may this process consider others dead:
    /// after an outage every lease has expired, and a process that was suspended may have been so together with others.
    pub fn is_stable(&self) -> bool {
        let streak = *self.streak.lock().unwrap_or_else(PoisonError::into_inner);
        streak.is_some_and(|(since, last)| since.elapsed() > self.duration && self.is_in_time(last))
    }

    /// Returns the other processes whose lease has expired, and when.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`].
    pub fn expired_others(&self) -> Result<Vec<(String, String)>, Error> {
        let script = Script::new(EXPIRED);
        let all: Vec<(Vec<u8>, String)> = self
            .connections
            .run(|connection| script.key(keys::LEASES).invoke(connection))?;
        // A name that is not text is not one of ours.
        let text = |(identity, end)| Some((String::from_utf8(identity).ok()?, end));
        let others = all.into_iter().filter_map(text);
        Ok(others.filter(|(identity, _)| *identity != self.identity).collect())
    }

    /// Ends the lease now: what this process still holds, if anything, is for others to recover.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`].
    pub fn release(&self) -> Result<(), Error> {
        let script = Script::new(RELEASE);
        self.connections
            .run(|connection| script.key(keys::LEASES).arg(&self.identity).invoke(connection))
    }

    fn renewal(&self) -> Cmd {
        let mut renew = redis::cmd("EVAL");
        renew.arg((RENEW, 1, keys::LEASES, &self.identity, self.duration.as_secs_f64()));
        renew
    }

    /// Notes a renewal that ends now.
    fn note(&self, succeeded: bool) {
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
