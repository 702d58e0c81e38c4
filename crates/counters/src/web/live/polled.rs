//! The last result of a source that is polled.

use std::time::Instant;

/// The last result of one source.
#[derive(Clone, Debug, Default)]
pub struct Polled<T> {
    /// Its last value, however old.
    pub value: Option<T>,
    /// The error of the last poll, as a sentence; none if it succeeded or there was none yet.
    pub error: Option<String>,
    /// When the last completed poll began.
    asked: Option<Instant>,
}

impl<T> Polled<T> {
    /// Stores the result of a poll that began at `asked`.
    pub fn update(&mut self, asked: Instant, answer: Result<T, String>) {
        self.asked = Some(asked);
        match answer {
            Ok(value) => (self.value, self.error) = (Some(value), None),
            Err(error) => self.error = Some(error),
        }
    }

    /// Returns true if a poll that began at `time` or later has ended.
    pub fn polled_since(&self, time: Instant) -> bool {
        self.asked.is_some_and(|asked| asked >= time)
    }
}
