//! The counters and the idempotency keys, in memory.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::answer::{Outcome, Refusal};
use super::key::Key;
use crate::name::Name;

/// The action of a PUT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Defines a counter, if it does not exist.
    Define,
    /// Adds one.
    Incr,
    /// Subtracts one.
    Decr,
}

/// The data of the API.
#[derive(Default)]
pub struct Store {
    data: Mutex<Data>,
}

#[derive(Default)]
struct Data {
    /// Name → value.
    counters: BTreeMap<String, i64>,
    /// Idempotency key → the request that had it, and the result of that request.
    requests: HashMap<String, (String, Outcome)>,
}

impl Store {
    /// Returns all counters, sorted by name.
    pub fn list(&self) -> Vec<(String, i64)> {
        let counters = &self.data().counters;
        counters.iter().map(|(name, value)| (name.clone(), *value)).collect()
    }

    /// Returns the value of a counter, or `None` if it is not defined.
    pub fn get(&self, name: &Name) -> Option<i64> {
        self.data().counters.get(name.as_str()).copied()
    }

    /// Carries out the request, or returns its earlier result if the key is known.
    ///
    /// # Errors
    /// [`Refusal::Undefined`] and [`Refusal::KeyReused`]. Then nothing has changed.
    pub fn put(&self, action: Action, name: &Name, key: Option<Key>) -> Result<Outcome, Refusal> {
        let request = request(action, name);
        let mut data = self.data();
        if let Some((known, outcome)) = key.as_ref().and_then(|key| data.requests.get(key.as_str())) {
            return if *known == request {
                Ok(*outcome)
            } else {
                Err(Refusal::KeyReused(known.clone()))
            };
        }
        let old = data.counters.get(name.as_str()).copied();
        let value = match (action, old) {
            (Action::Define, old) => old.unwrap_or(0),
            (_, None) => return Err(Refusal::Undefined(name.clone())),
            (Action::Incr, Some(value)) => value.saturating_add(1),
            (Action::Decr, Some(value)) => value.saturating_sub(1),
        };
        let outcome = Outcome {
            new: old.is_none(),
            value,
        };
        data.counters.insert(name.as_str().to_owned(), value);
        if let Some(key) = key {
            data.requests.insert(key.into(), (request, outcome));
        }
        Ok(outcome)
    }

    fn data(&self) -> MutexGuard<'_, Data> {
        self.data.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the request that a key stands for. The name is encoded, so two different requests never
/// have the same text.
fn request(action: Action, name: &Name) -> String {
    let path = name.encoded();
    match action {
        Action::Define => format!("PUT /counters/{path}"),
        Action::Incr => format!("PUT /counters/{path}/incr"),
        Action::Decr => format!("PUT /counters/{path}/decr"),
    }
}
