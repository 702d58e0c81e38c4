//! Looks at a running Sidepunch, or Sidekiq, from outside: all that it tells stands in Redis (docs/wire-format.md).
//!
//! A [`Lookout`] reads a [`Snapshot`]: the queues, what runs, what failed, who works. However much waits, a look costs Redis
//! the same: it reads the ends of lists and the first members of sets, and never all of anything that grows.
//!
//! The page of the crate `counters` draws it, and `cargo kata top` prints it.

mod connection;
mod in_flight;
mod job;
mod look;
mod process;
mod rate;
mod reply;
mod snapshot;
mod time;
mod words;

use std::time::{SystemTime, UNIX_EPOCH};

use redis::{ConnectionAddr, RedisResult};

pub use job::Job;
pub use process::{Process, Thread};
pub use rate::Rate;
pub use snapshot::{Member, Queue, Set, Snapshot};
pub use words::{span, thousands, times};

/// Somebody who looks at one Redis again and again.
pub struct Lookout {
    connection: connection::Reopened,
    since: time::Since,
}

impl Lookout {
    /// Prepares to look at the Redis at `url`; it need not be there yet.
    ///
    /// # Errors
    /// If that is no URL of a Redis.
    pub fn new(url: &str) -> RedisResult<Lookout> {
        Ok(Lookout {
            connection: connection::Reopened::new(url)?,
            since: time::Since::default(),
        })
    }

    /// Where Redis is, without a password.
    pub fn address(&self) -> &ConnectionAddr {
        self.connection.address()
    }

    /// What is there now, in three round trips. Blocks for 2 s at most, and then twice.
    ///
    /// # Errors
    /// If Redis is away ([`redis::RedisError::is_io_error`]), or refuses.
    pub fn look(&mut self) -> RedisResult<Snapshot> {
        let since = &mut self.since;
        self.connection.run(|connection| look::look(connection, since))
    }
}

/// The time of this computer, in seconds since 1970 UTC.
pub fn now() -> f64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs_f64()
}
