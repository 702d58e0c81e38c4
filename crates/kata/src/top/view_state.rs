//! The content of a screen: the last snapshot, and the error since then.

use lookout::{Rate, Snapshot};

/// The content of a screen.
#[derive(Clone, Debug, Default)]
pub struct ViewState {
    /// The address of Redis, without the password.
    pub address: String,
    /// The last snapshot; `None` if there was none yet.
    pub snapshot: Option<Snapshot>,
    /// The reason why there is no newer snapshot, or why the snapshot is not complete, as a
    /// sentence.
    pub error: Option<String>,
    /// The rate at which jobs are performed.
    pub rate: Rate,
}

impl ViewState {
    /// Creates an empty state for the Redis at `address`.
    pub fn new(address: impl Into<String>) -> ViewState {
        ViewState {
            address: address.into(),
            ..ViewState::default()
        }
    }

    /// Records a snapshot or an error. `now` is the time in seconds since 1970.
    pub fn record(&mut self, result: Result<Snapshot, String>, now: f64) {
        match result {
            Ok(snapshot) => {
                if let Some(processed) = snapshot.processed {
                    self.rate.record(now, processed);
                }
                self.error = snapshot.notice();
                self.snapshot = Some(snapshot);
            }
            Err(error) => self.error = Some(error),
        }
    }
}
