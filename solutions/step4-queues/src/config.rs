//! The settings of a server.

use std::time::Duration;

use crate::{Error, Order};

/// The shortest interval at which something may be repeated.
const MIN_INTERVAL: Duration = Duration::from_millis(1);

/// The settings of a [`Server`](crate::Server). Start with `Config::default()`, and change the
/// settings that you need:
///
/// ```
/// use step4_queues::Config;
///
/// let config = Config { redis: "redis://127.0.0.1:6380/0".into(), ..Config::default() };
/// ```
#[derive(Debug, Clone)]
pub struct Config {
    /// The URL of Redis. Default: `redis://127.0.0.1:6379/0`.
    pub redis: String,

    /// The queues from which jobs are fetched. Default: only `default`.
    pub queues: Order,

    /// How long one blocking pop waits for a job, at least 1 ms. A server checks for a stop request
    /// only between two pops, so an idle server may take this long to stop. Default: 0.5 s
    /// (Sidekiq: 2 s).
    pub block: Duration,

    /// The average interval at which a server looks for due jobs, at least 1 ms. The actual
    /// intervals are random, from 0.5 to 1.5 times the average, and a job may be late by one
    /// interval. Default: 5 s, as in Sidekiq.
    pub poll: Duration,
}

impl Config {
    /// Checks that all settings are in their valid range.
    ///
    /// # Errors
    /// [`Error::InvalidConfig`] for the first one that is not.
    pub(crate) fn validate(&self) -> Result<(), Error> {
        let rules = [
            (self.block >= MIN_INTERVAL, "block", "at least 1 ms"),
            (self.poll >= MIN_INTERVAL, "poll", "at least 1 ms"),
        ];
        match rules.into_iter().find(|(is_valid, ..)| !is_valid) {
            Some((_, field, range)) => Err(Error::InvalidConfig { field, range }),
            None => Ok(()),
        }
    }
}

impl Default for Config {
    fn default() -> Config {
        Config {
            redis: "redis://127.0.0.1:6379/0".into(),
            queues: Order::default(),
            block: Duration::from_millis(500),
            poll: Duration::from_secs(5),
        }
    }
}
