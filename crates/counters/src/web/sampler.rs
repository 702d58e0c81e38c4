//! What lies in Redis, read as any program that knows Sidekiq's keys could.

use std::sync::Arc;

use lookout::{Inspector, Rate, Snapshot};

use super::Error;
use super::reason;

/// Looks at Redis, over one connection that is opened when needed.
pub struct Sampler {
    inspector: Inspector,
    rate: Rate,
    url: String,
}

/// What was seen there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    /// All of it.
    pub snapshot: Snapshot,
    /// How many jobs are performed in a second; none if that is not known (yet).
    pub per_second: Option<f64>,
    /// How many were performed in each of the last 180 seconds, the oldest first.
    pub history: Vec<f64>,
}

impl Sampler {
    /// Prepares to ask the Redis at `url`.
    ///
    /// # Errors
    /// [`Error::BadRedis`] if this is no URL of a Redis.
    pub fn new(url: &str) -> Result<Sampler, Error> {
        let inspector = Inspector::new(url).map_err(|source| Error::BadRedis {
            url: reason::without_password(url),
            source,
        })?;
        Ok(Sampler {
            inspector,
            rate: Rate::default(),
            url: url.to_owned(),
        })
    }

    /// Looks once, in two round trips.
    ///
    /// # Errors
    /// A sentence or two for the page: what is wrong, what it means, and that it is tried again.
    pub fn sample(&mut self) -> Result<Arc<Sample>, String> {
        let snapshot = self.inspector.snapshot().map_err(|error| {
            let reason = reason::redact(reason::plain(&error.to_string()), &self.url);
            let address = self.inspector.address();
            if error.is_io_error() {
                format!(
                    "Redis at {address} is away ({reason}). Until it is back nothing can be enqueued. \
                     Trying again every second."
                )
            } else {
                format!("Redis at {address} refuses to say how many jobs wait ({reason}). Trying again every second.")
            }
        })?;
        if let Some(processed) = snapshot.processed {
            self.rate.record(lookout::now(), processed);
        }
        Ok(Arc::new(Sample {
            per_second: self.rate.per_second(),
            history: self.rate.history(),
            snapshot,
        }))
    }
}
