//! The data of the API, and a change of it.

use std::collections::BTreeMap;
use std::time::Duration;

use super::keys::{Keys, Request};

/// All counters and keys.
#[derive(Default)]
pub struct Data {
    /// Name → value.
    pub counters: BTreeMap<String, i64>,
    /// The used keys with their results.
    pub keys: Keys,
}

/// The change of one PUT. It is stored as a whole or not at all.
pub struct Change<'a> {
    /// The counter's name.
    pub name: &'a str,
    /// The counter's new value.
    pub value: i64,
    /// The request's key, and the data to store for it.
    pub key: Option<(&'a str, Request)>,
    /// Keys to remove, each with the time when it was used (epoch seconds).
    pub expired: Vec<(u64, String)>,
}

impl Data {
    /// Applies a change at the time `now` (since the epoch).
    pub fn apply(&mut self, change: Change, now: Duration) {
        self.counters.insert(change.name.to_owned(), change.value);
        self.keys.forget(&change.expired, now);
        if let Some((key, request)) = change.key {
            self.keys.insert(key.to_owned(), request);
        }
    }
}
