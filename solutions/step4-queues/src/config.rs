//! How a server is set up.

use std::time::Duration;

use crate::Order;

/// The settings of a [`Server`](crate::Server). `Config::default()` is ready to use; change what you need:
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

    /// The queues to take jobs from. Default: `default` alone.
    pub queues: Order,

    /// How long one blocking pop waits for a job, at least a millisecond. A server looks for a request to stop between
    /// two of them, so this is how long an idle one may take to stop. Default: 0.5 s (Sidekiq's is 2).
    pub block: Duration,

    /// How often to look for jobs that are due, at least a millisecond: the mean of the waits, each of which is drawn at
    /// random from half of it to one and a half. A job may be that much late. Default: 5 s, as Sidekiq's.
    pub poll: Duration,
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
