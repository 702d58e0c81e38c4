//! Samples the state of Redis, as any program that knows Sidekiq's keys could.

use std::sync::Arc;

use lookout::{Inspector, Rate, Snapshot};

use crate::web::Error;
use crate::web::reason;

/// Reads the state of Redis over one connection, which is opened when needed.
pub struct Sampler {
    inspector: Inspector,
    rate: Rate,
    url: String,
}

/// One sample.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    /// The state of Redis.
    pub snapshot: Snapshot,
    /// How many jobs are performed in a second; none if unknown.
    pub per_second: Option<f64>,
    /// How many jobs were performed in each of the last 180 seconds, the oldest first.
    pub history: Vec<f64>,
}

impl Sampler {
    /// Prepares to read the Redis at `url`.
    ///
    /// # Errors
    /// Returns [`Error::BadRedis`] if this is not the URL of a Redis.
    pub fn new(url: &str) -> Result<Sampler, Error> {
        let inspector = Inspector::new(url).map_err(|source| Error::BadRedis {
            url: lookout::masked(url),
            source,
        })?;
        Ok(Sampler {
            inspector,
            rate: Rate::default(),
            url: url.to_owned(),
        })
    }

    /// Takes a sample in three round trips.
    ///
    /// # Errors
    /// The problem and its effect as one or two sentences for the page; the page tries again.
    pub fn sample(&mut self) -> Result<Arc<Sample>, String> {
        let snapshot = self.inspector.snapshot().map_err(|error| {
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
