//! What was seen last, and whether it is of now.

use lookout::{Rate, Snapshot};

/// All that a screen shows.
#[derive(Clone, Debug, Default)]
pub struct Sight {
    /// Where Redis is, without a password.
    pub address: String,
    /// What was there when it was seen last; none if it never was.
    pub seen: Option<Snapshot>,
    /// Why it cannot be seen now, a sentence.
    pub trouble: Option<String>,
    /// How fast jobs are performed.
    pub rate: Rate,
}

impl Sight {
    /// Nothing yet, of the Redis at `address`.
    pub fn new(address: impl Into<String>) -> Sight {
        Sight {
            address: address.into(),
            ..Sight::default()
        }
    }

    /// Takes note of a look at `now`, in seconds since 1970.
    pub fn note(&mut self, look: Result<Snapshot, String>, now: f64) {
        match look {
            Ok(seen) => {
                if let Some(processed) = seen.processed {
                    self.rate.record(now, processed);
                }
                (self.seen, self.trouble) = (Some(seen), None);
            }
            Err(trouble) => self.trouble = Some(trouble),
        }
    }
}
