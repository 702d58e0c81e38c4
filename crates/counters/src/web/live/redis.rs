//! Reads the state of Redis, as any program that knows Sidekiq's keys could.

use std::sync::Arc;

use lookout::{Inspector, Snapshot};

use crate::web::{Error, reason};

/// Reads snapshots of a Redis over one connection, which is opened when needed.
pub struct Redis {
    inspector: Inspector,
    url: String,
}

impl Redis {
    /// Prepares to read the Redis at `url`.
    ///
    /// # Errors
    /// Returns [`Error::BadRedis`] if this is not the URL of a Redis.
    pub fn new(url: &str) -> Result<Redis, Error> {
        let inspector = Inspector::new(url).map_err(|source| Error::BadRedis {
            url: lookout::masked(url),
            source,
        })?;
        let url = url.to_owned();
        Ok(Redis { inspector, url })
    }

    /// Takes a snapshot in three round trips.
    ///
    /// # Errors
    /// The problem and its effect as one or two sentences for the page; the page tries again.
    pub fn snapshot(&mut self) -> Result<Arc<Snapshot>, String> {
        self.inspector.snapshot().map(Arc::new).map_err(|error| {
            let reason = lookout::without_password(reason::plain(&error.to_string()), &self.url);
            let address = self.inspector.address();
            if error.is_io_error() {
                format!(
                    "Redis at {address} cannot be reached ({reason}). Until it is back, nothing can be enqueued. \
                     Trying again every second."
                )
            } else {
                format!("Redis at {address} rejects the page’s commands ({reason}). Trying again every second.")
            }
        })
    }
}
