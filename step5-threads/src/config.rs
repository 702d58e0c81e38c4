//! The settings of a server.

use std::collections::HashSet;
use std::ops::RangeInclusive;
use std::time::Duration;

use crate::{Error, Order};

/// The intervals at which something may be repeated: 1 ms to 100 years, far below an overflow.
const INTERVALS: RangeInclusive<Duration> = Duration::from_millis(1)..=Duration::from_secs(3_155_760_000);

/// The durations of a lease: 100 ms to 100 years.
const LEASES: RangeInclusive<Duration> = Duration::from_millis(100)..=Duration::from_secs(3_155_760_000);

/// The settings of a [`Server`](crate::Server). Start with `Config::default()`, and change the
/// settings that you need:
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

    /// The queues from which jobs are fetched, at least one, each given once. Default: only
    /// `default`.
    pub queues: Order,

    /// The number of jobs that are performed at once, each by a processor with its own thread; at
    /// least 1. Default: 10, as in Sidekiq before version 7.
    pub concurrency: usize,

    /// The maximum number of jobs that a processor fetches at once, 1 to 1,000. It fetches more
    /// than one only if jobs take well under a millisecond. Default: 128, because a larger batch
    /// gains little and occupies Redis for longer.
    pub batch: usize,

    /// Lease duration, 100 ms to 100 years. A process that has not renewed its lease for this long
    /// is considered dead, and other processes requeue its jobs. A process renews its lease, and
    /// looks for crashed processes, every 2/5 of this period. Default: 5 s.
    pub lease: Duration,

    /// How long to wait before the next attempt to reach a lost Redis, 1 ms to 100 years. Default:
    /// 1 s.
    pub reconnect: Duration,

    /// How long a shutdown waits for the running jobs, at least one [`block`](Config::block). Then
    /// it requeues the jobs that are still running. Default: 25 s, as in Sidekiq, because most
    /// platforms kill a process 30 s after they have asked it to stop.
    pub timeout: Duration,

    /// The interval at which a process reports to Sidekiq's Web UI, 1 ms to 100 years.
    /// Default: 10 s, as in Sidekiq.
    pub heartbeat: Duration,

    /// The name of the app, which Sidekiq's Web UI shows beside the process. Default: empty.
    pub tag: String,

    /// Labels, which Sidekiq's Web UI shows beside the process. Default: none.
    pub labels: Vec<String>,

    /// How long one wait for a job takes, 1 ms to 100 years. It never takes longer than half a
    /// [`lease`](Config::lease), so that the lease is still valid when a job arrives. A stop ends a
    /// wait early. If Redis does not allow that, a wait takes at most 0.5 s. Default: 2 s, as in
    /// Sidekiq.
    pub block: Duration,

    /// The average interval at which a server looks for due jobs, 1 ms to 100 years. The actual
    /// intervals are random, from 0.5 to 1.5 times the average, and a job may be late by one
    /// interval. If there are more than five processes, they take turns, so that on average five of
    /// them look in each interval. Default: 5 s, as in Sidekiq.
    pub poll: Duration,
}

impl Config {
    /// Checks that all settings are in their valid range.
    ///
    /// # Errors
    /// [`Error::InvalidConfig`] for the first one that is not.
    pub(crate) fn validate(&self) -> Result<(), Error> {
        // The waiters of a queue that is given twice would share their in-flight lists.
        let names: HashSet<_> = self.queues.names().into_iter().collect();
        let has_distinct_queues = !names.is_empty() && names.len() == self.queues.queues.len();
        let rules = [
            (self.concurrency >= 1, "concurrency", "at least 1"),
            ((0..=1_000).contains(&self.batch), "batch", "0 to 1,000"),
            (LEASES.contains(&self.lease), "lease", "100 ms to 100 years"),
            (INTERVALS.contains(&self.reconnect), "reconnect", "1 ms to 100 years"),
            (INTERVALS.contains(&self.heartbeat), "heartbeat", "1 ms to 100 years"),
            (INTERVALS.contains(&self.block), "block", "1 ms to 100 years"),
            (INTERVALS.contains(&self.poll), "poll", "1 ms to 100 years"),
            (self.timeout <= *INTERVALS.end(), "timeout", "at most 100 years"),
            (has_distinct_queues, "queues", "at least one queue, each given once"),
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
            // 10 after task 5.1.
            concurrency: 1,
            // As in step 4: pop one job after the other. 1 after task 5.3.
            batch: 0,
            lease: Duration::from_secs(5),
            reconnect: Duration::from_secs(1),
            timeout: Duration::from_secs(25),
            heartbeat: Duration::from_secs(10),
            tag: String::new(),
            labels: Vec::new(),
            block: Duration::from_secs(2),
            poll: Duration::from_secs(5),
        }
    }
}
