//! How a server is set up.

use std::time::Duration;

use crate::Order;

/// The settings of a [`Server`](crate::Server). `Config::default()` is ready to use; change what you need:
///
/// ```
/// use step5_threads::Config;
///
/// let config = Config { redis: "redis://127.0.0.1:6380/0".into(), ..Config::default() };
/// ```
#[derive(Debug, Clone)]
pub struct Config {
    /// The URL of Redis. Default: `redis://127.0.0.1:6379/0`.
    pub redis: String,

    /// The queues to take jobs from. Default: `default` alone.
    pub queues: Order,

    /// How many jobs are performed at once, each by a processor with a thread of its own; at least 1. Default: 10, as Sidekiq's was
    /// until version 7.
    pub concurrency: usize,

    /// The most jobs that a processor fetches at once, 1 to 1,000. It fetches one, unless jobs take well under a millisecond.
    /// Default: 128. More would gain little, and Redis would be busy with one call for longer.
    pub batch: usize,

    /// Lease duration, at least 100 ms. A process that has not renewed its lease for this long is considered dead, and other
    /// processes requeue its jobs. It renews its lease, and looks for others that crashed, five times as often. Default: 5 s.
    pub lease: Duration,

    /// How long to wait before a lost Redis is tried again. Default: 1 s.
    pub reconnect: Duration,

    /// How long a stop waits for the jobs at hand, at least one [`block`](Config::block); what still runs then goes back to its
    /// queue. Default: 25 s, as Sidekiq's: most platforms kill a process 30 s after they asked it to stop.
    pub timeout: Duration,

    /// How often Sidekiq's pages hear of this process. Default: 10 s, as Sidekiq's.
    pub beat: Duration,

    /// How long one wait for a job takes, a millisecond to half a [`lease`](Config::lease): what it brings is claimed while
    /// the process is known to live. A server looks for a request to stop between two of them, so this is how long an idle one
    /// may take to stop. Default: 0.5 s (Sidekiq's is 2).
    pub block: Duration,

    /// How often to look for jobs that are due, at least a millisecond: the mean of the waits, each of which is drawn at
    /// random from half of it to one and a half. A job may be that much late. Default: 5 s, as Sidekiq's.
    pub poll: Duration,
}

impl Config {
    /// The same, with what is too small or too large as small or as large as it may be.
    pub(crate) fn within_bounds(mut self) -> Config {
        self.concurrency = self.concurrency.max(1);
        self.batch = self.batch.clamp(1, 1_000);
        self.lease = self.lease.max(Duration::from_millis(100));
        self.block = self.block.clamp(Duration::from_millis(1), self.lease / 2);
        self
    }
}

impl Default for Config {
    fn default() -> Config {
        Config {
            redis: "redis://127.0.0.1:6379/0".into(),
            queues: Order::default(),
            concurrency: 10,
            batch: 128,
            lease: Duration::from_secs(5),
            reconnect: Duration::from_secs(1),
            timeout: Duration::from_secs(25),
            beat: Duration::from_secs(10),
            block: Duration::from_millis(500),
            poll: Duration::from_secs(5),
        }
    }
}
