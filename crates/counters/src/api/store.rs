//! Values and idempotency keys, in memory. With a data file, a change is first stored in the file.

use std::collections::BTreeMap;
#[cfg(feature = "data-file")]
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use super::answer::{Outcome, Refusal};
use super::data::{Change, Data};
use super::key::Key;
use super::keys::Request;
#[cfg(feature = "data-file")]
use super::{error::Error, file::File};
use crate::name::Name;

/// Returns the time that decides when keys expire.
pub type Clock = Box<dyn Fn() -> SystemTime + Send + Sync>;

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

/// The data, and the file that stores it. With a file, [`put`](Store::put) blocks until the disk
/// has the change.
pub struct Store {
    data: Mutex<Data>,
    #[cfg(feature = "data-file")]
    file: Option<File>,
    clock: Clock,
}

impl Store {
    /// Creates an empty store that keeps everything in memory.
    pub fn in_memory(clock: Clock) -> Store {
        Store {
            data: Mutex::default(),
            #[cfg(feature = "data-file")]
            file: None,
            clock,
        }
    }

    /// Opens a store with the data of a file, and stores each change there. The file is created if
    /// it does not exist.
    ///
    /// # Errors
    /// [`Error::Open`].
    #[cfg(feature = "data-file")]
    pub fn in_file(path: PathBuf, clock: Clock) -> Result<Store, Error> {
        match File::open(&path).and_then(|file| Ok((file.read()?, file))) {
            Ok((data, file)) => Ok(Store {
                data: data.into(),
                file: Some(file),
                clock,
            }),
            Err(source) => Err(Error::Open { path, source }),
        }
    }

    /// Returns all counters, sorted by name.
    pub fn list(&self) -> Vec<(String, i64)> {
        let data = self.data();
        data.counters
            .iter()
            .map(|(name, value)| (name.clone(), *value))
            .collect()
    }

    /// Returns the value of a counter, or `None` if it is not defined.
    pub fn get(&self, name: &Name) -> Option<i64> {
        self.data().counters.get(name.as_str()).copied()
    }

    /// Carries out the request, or returns its earlier result if the key is known. Value and key
    /// change together.
    ///
    /// # Errors
    /// [`Refusal::Undefined`], [`Refusal::Overflow`] and [`Refusal::KeyReused`], and with a data
    /// file `Refusal::Data`. Then nothing has changed.
    pub fn put(&self, action: Action, name: &Name, key: Option<&Key>) -> Result<Outcome, Refusal> {
        let now = (self.clock)().duration_since(UNIX_EPOCH).unwrap_or_default();
        let request = request(action, name);
        let mut data = self.data();
        if let Some(key) = key
            && let Some(outcome) = data.keys.outcome_of(key, &request, now)?
        {
            return Ok(outcome);
        }
        let outcome = outcome(&data.counters, action, name)?;
        let key = key.map(|key| {
            let at = now.as_secs();
            (key.as_str(), Request { request, outcome, at })
        });
        let change = Change {
            name: name.as_str(),
            value: outcome.value,
            key,
            expired: data.keys.expired(now),
        };
        #[cfg(feature = "data-file")]
        if let Some(file) = &self.file {
            file.write(&change)?;
        }
        data.apply(change, now);
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

/// Returns the result of a request on these counters, without changing them.
fn outcome(counters: &BTreeMap<String, i64>, action: Action, name: &Name) -> Result<Outcome, Refusal> {
    let old = counters.get(name.as_str()).copied();
    let value = match (action, old) {
        (Action::Define, old) => old.unwrap_or(0),
        (Action::Incr | Action::Decr, None) => return Err(Refusal::Undefined(name.clone())),
        (Action::Incr, Some(value)) => value.checked_add(1).ok_or_else(|| overflow(name, value))?,
        (Action::Decr, Some(value)) => value.checked_sub(1).ok_or_else(|| overflow(name, value))?,
    };
    Ok(Outcome {
        new: old.is_none(),
        value,
    })
}

fn overflow(name: &Name, value: i64) -> Refusal {
    Refusal::Overflow {
        name: name.clone(),
        value,
    }
}
