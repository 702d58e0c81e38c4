//! Reads the state of a running Sidepunch or Sidekiq from Redis (docs/wire-format.md).
//!
//! An [`Inspector`] reads a [`Snapshot`]: the queues, the running jobs, the failed jobs, the
//! processes. A snapshot costs Redis the same however many jobs there are: it reads the ends of
//! lists and the first members of sets, and never the whole of anything that grows. Any program can
//! write to the same Redis, so a key that cannot be read is reported, and the rest is read.
//!
//! The web page in the crate `counters` draws it, and `cargo kata top` prints it.

mod active_job;
mod batch;
mod connection;
mod format;
mod in_flight;
mod job;
mod masked;
mod process;
mod rate;
mod read;
mod snapshot;
mod time;
mod unreadable;

use redis::{ConnectionAddr, RedisResult};

pub use format::{format_duration, format_times, thousands};
pub use job::Job;
pub use masked::{masked, without_password};
pub use process::{Process, Thread};
pub use rate::Rate;
pub use snapshot::{Member, Queue, Set, Snapshot};
pub use time::now;
pub use unreadable::Unreadable;

/// Reads snapshots of one Redis.
pub struct Inspector {
    connection: connection::ReconnectingConnection,
    first_seen: read::FirstSeen,
    rate: Rate,
}

impl Inspector {
    /// Prepares to read the Redis at `url`, which need not run yet.
    ///
    /// # Errors
    /// If `url` is not the URL of a Redis.
    pub fn new(url: &str) -> RedisResult<Inspector> {
        Ok(Inspector {
            connection: connection::ReconnectingConnection::new(url)?,
            first_seen: read::FirstSeen::default(),
            rate: Rate::default(),
        })
    }

    /// Returns the address of Redis, without a password.
    pub fn address(&self) -> &ConnectionAddr {
        self.connection.address()
    }

    /// Reads the current state in three round trips. Each attempt blocks for at most 2 s; there are
    /// at most two.
    ///
    /// # Errors
    /// If Redis cannot be reached ([`redis::RedisError::is_io_error`]) or rejects a command.
    pub fn snapshot(&mut self) -> RedisResult<Snapshot> {
        let first_seen = &mut self.first_seen;
        let mut snapshot = self
            .connection
            .run(|connection| read::snapshot(connection, first_seen))?;
        if let Some(processed) = snapshot.processed {
            self.rate.record(now(), processed);
        }
        snapshot.per_second = self.rate.per_second();
        snapshot.history = self.rate.history();
        Ok(snapshot)
    }
}
