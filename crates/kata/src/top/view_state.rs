//! What was seen last, and whether it is of now.

use lookout::{Rate, Snapshot};

/// All that a screen shows.
#[derive(Clone, Debug, Default)]
pub struct ViewState {
    /// Where Redis is, without a password.
    pub address: String,
    /// What was there when it was seen last; none if it never was.
    pub snapshot: Option<Snapshot>,
    /// Why it cannot be seen now, a sentence.
    pub error: Option<String>,
    /// How fast jobs are performed.
    pub rate: Rate,
}

impl ViewState {
    /// Nothing yet, of the Redis at `address`.
    pub fn new(address: impl Into<String>) -> ViewState {
        ViewState {
            address: address.into(),
            ..ViewState::default()
        }
    }

    /// Takes note of a look at `now`, in seconds since 1970.
    pub fn record(&mut self, result: Result<Snapshot, String>, now: f64) {
        match result {
            Ok(snapshot) => {
                if let Some(processed) = snapshot.processed {
                    self.rate.record(now, processed);
                }
                (self.snapshot, self.error) = (Some(snapshot), None);
            }
            Err(error) => self.error = Some(error),
        }
    }
}
