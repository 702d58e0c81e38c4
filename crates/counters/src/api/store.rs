//! Values and idempotency keys, in one embedded database, so that one transaction changes both or neither.

use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, UNIX_EPOCH};

use redb::backends::InMemoryBackend;
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition, WriteTransaction};

use super::answer::Refusal;
use super::error::Error;
use super::key::Key;
use super::{Clock, purge};
use crate::name::Name;

/// Name → value.
const COUNTERS: TableDefinition<&str, i64> = TableDefinition::new("counters");

/// Key → the request, whether it defined a new counter, the value it answered, and when it was done (epoch seconds).
pub const KEYS: TableDefinition<&str, (&str, bool, i64, u64)> = TableDefinition::new("keys");

/// When (epoch seconds) and key: the keys in the order in which they grow old, so that purging reads only old ones.
pub const KEYS_BY_AGE: TableDefinition<(u64, &str), ()> = TableDefinition::new("keys by age");

/// What a PUT does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Makes a counter, if there is none.
    Define,
    /// Adds one.
    Incr,
    /// Takes one away.
    Decr,
}

/// What a PUT answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Whether the counter was made by this call.
    pub new: bool,
    /// Its value after the call.
    pub value: i64,
}

/// The database. All methods block, on the disk and on each other.
pub struct Store {
    database: Database,
    clock: Clock,
    purged: Mutex<Option<Duration>>,
}

impl Store {
    /// Opens the file, or makes it; without one, all is kept in memory.
    ///
    /// # Errors
    /// [`Error::Open`].
    pub fn open(file: Option<&Path>, clock: Clock) -> Result<Store, Error> {
        let opened = match file {
            Some(file) => Database::create(file),
            None => Database::builder().create_with_backend(InMemoryBackend::new()),
        };
        let opened = opened.map_err(redb::Error::from).and_then(|database| {
            // Reading a table that was never written to would be an error.
            let transaction = database.begin_write()?;
            transaction.open_table(COUNTERS)?;
            transaction.open_table(KEYS)?;
            transaction.open_table(KEYS_BY_AGE)?;
            transaction.commit()?;
            Ok(database)
        });
        match opened {
            Ok(database) => Ok(Store {
                database,
                clock,
                purged: Mutex::default(),
            }),
            Err(source) => Err(Error::Open {
                path: file.unwrap_or(Path::new("memory")).to_owned(),
                source,
            }),
        }
    }

    /// All counters, sorted by name.
    ///
    /// # Errors
    /// The disk failed.
    pub fn list(&self) -> Result<Vec<(String, i64)>, redb::Error> {
        let table = self.database.begin_read()?.open_table(COUNTERS)?;
        table
            .iter()?
            .map(|entry| {
                entry
                    .map(|(name, value)| (name.value().to_owned(), value.value()))
                    .map_err(Into::into)
            })
            .collect()
    }

    /// The value of a counter; none if it is not defined.
    ///
    /// # Errors
    /// The disk failed.
    pub fn get(&self, name: &Name) -> Result<Option<i64>, redb::Error> {
        let table = self.database.begin_read()?.open_table(COUNTERS)?;
        Ok(table.get(name.as_str())?.map(|value| value.value()))
    }

    /// Does the request, or answers what it answered before if the key is known; value and key are stored together.
    ///
    /// # Errors
    /// [`Refusal::Undefined`], [`Refusal::Overflow`], [`Refusal::KeyReused`], [`Refusal::Data`]; nothing was stored.
    pub fn put(&self, action: Action, name: &Name, key: Option<&Key>) -> Result<Outcome, Refusal> {
        let now = (self.clock)().duration_since(UNIX_EPOCH).unwrap_or_default();
        let request = request(action, name);
        let transaction = self.begin_write()?;
        // Dropping the transaction undoes it.
        if let Some(key) = key
            && let Some(outcome) = recall(&transaction, key, &request, now)?
        {
            return Ok(outcome);
        }
        let outcome = change(&transaction, action, name)?;
        if let Some(key) = key {
            remember(&transaction, key, &request, outcome, now)?;
        }
        purge::now_and_then(&transaction, now, &self.purged)?;
        transaction.commit().map_err(redb::Error::from)?;
        Ok(outcome)
    }

    fn begin_write(&self) -> Result<WriteTransaction, redb::Error> {
        Ok(self.database.begin_write()?)
    }
}

/// What a key stands for. The name is encoded, so two different requests never read the same.
fn request(action: Action, name: &Name) -> String {
    let path = name.encoded();
    match action {
        Action::Define => format!("PUT /counters/{path}"),
        Action::Incr => format!("PUT /counters/{path}/incr"),
        Action::Decr => format!("PUT /counters/{path}/decr"),
    }
}

fn change(transaction: &WriteTransaction, action: Action, name: &Name) -> Result<Outcome, Refusal> {
    let mut counters = transaction.open_table(COUNTERS).map_err(redb::Error::from)?;
    let old = counters
        .get(name.as_str())
        .map_err(redb::Error::from)?
        .map(|value| value.value());
    let value = match (action, old) {
        (Action::Define, None) => 0,
        (Action::Define, Some(value)) => return Ok(Outcome { new: false, value }),
        (Action::Incr | Action::Decr, None) => return Err(Refusal::Undefined(name.clone())),
        (Action::Incr, Some(value)) => value.checked_add(1).ok_or_else(|| overflow(name, value))?,
        (Action::Decr, Some(value)) => value.checked_sub(1).ok_or_else(|| overflow(name, value))?,
    };
    counters.insert(name.as_str(), value).map_err(redb::Error::from)?;
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

fn recall(transaction: &WriteTransaction, key: &Key, request: &str, now: Duration) -> Result<Option<Outcome>, Refusal> {
    let keys = transaction.open_table(KEYS).map_err(redb::Error::from)?;
    let Some(known) = keys.get(key.as_str()).map_err(redb::Error::from)? else {
        return Ok(None);
    };
    let (was, new, value, at) = known.value();
    if purge::too_old(at, now) {
        return Ok(None);
    }
    if was != request {
        return Err(Refusal::KeyReused(was.to_owned()));
    }
    Ok(Some(Outcome { new, value }))
}

fn remember(
    transaction: &WriteTransaction,
    key: &Key,
    request: &str,
    outcome: Outcome,
    now: Duration,
) -> Result<(), redb::Error> {
    let (key, at) = (key.as_str(), now.as_secs());
    let mut ages = transaction.open_table(KEYS_BY_AGE)?;
    let mut keys = transaction.open_table(KEYS)?;
    // What it replaces, if anything, was too old to count.
    if let Some(old) = keys.insert(key, (request, outcome.new, outcome.value, at))? {
        ages.remove((old.value().3, key))?;
    }
    ages.insert((at, key), ())?;
    Ok(())
}
