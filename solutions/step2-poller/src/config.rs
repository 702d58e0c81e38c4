//! The settings of a server.

use std::time::Duration;

use crate::Error;

/// The settings of a [`Server`](crate::Server). Start with `Config::default()`, and change the
/// settings that you need:
///
/// ```
/// use step2_poller::Config;
///
/// let config = Config { redis: "redis://127.0.0.1:6380/0".into(), ..Config::default() };
/// ```
#[derive(Debug, Clone)]
pub struct Config {
    /// The URL of Redis. Default: `redis://127.0.0.1:6379/0`.
    pub redis: String,

    /// How long one blocking pop waits for a job, at least 1 ms. A server checks for a stop request
    /// only between two pops, so an idle server may take this long to stop. Default: 0.5 s
    /// (Sidekiq: 2 s).
    pub block: Duration,
}

impl Config {
    /// Checks that all settings are in their valid range.
    ///
    /// # Errors
    /// [`Error::InvalidConfig`] for the first one that is not.
    pub(crate) fn validate(&self) -> Result<(), Error> {
        if self.block < Duration::from_millis(1) {
            return Err(Error::InvalidConfig {
                field: "block",
                range: "at least 1 ms",
            });
        }
        Ok(())
    }
}

impl Default for Config {
    fn default() -> Config {
        Config {
            redis: "redis://127.0.0.1:6379/0".into(),
            block: Duration::from_millis(500),
        }
    }
}
