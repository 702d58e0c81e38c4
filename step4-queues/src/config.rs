//! The settings of a server.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::{Error, Order};

/// The intervals at which something may be repeated: 1 ms to 100 years, far below an overflow.
const INTERVALS: RangeInclusive<Duration> = Duration::from_millis(1)..=Duration::from_secs(3_155_760_000);

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

    /// How long one blocking pop waits for a job, 1 ms to 100 years. A server checks for a stop
    /// request only between two pops, so an idle server may take this long to stop. Default: 0.5 s
    /// (Sidekiq: 2 s).
    pub block: Duration,

    /// The average interval at which a server looks for due jobs, 1 ms to 100 years. The actual
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
            (INTERVALS.contains(&self.block), "block", "1 ms to 100 years"),
            (INTERVALS.contains(&self.poll), "poll", "1 ms to 100 years"),
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
