//! The data file: an embedded database. One transaction changes both value and key, or neither.

use std::path::Path;

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};

use super::answer::Outcome;
use super::data::{Change, Data};
use super::keys::Request;

/// Name → value.
const COUNTERS: TableDefinition<&str, i64> = TableDefinition::new("counters");

/// Key → the request, whether it defined a new counter, the value in its response, and its time
/// (epoch seconds).
const KEYS: TableDefinition<&str, (&str, bool, i64, u64)> = TableDefinition::new("keys");

/// Time (epoch seconds) and key: the keys sorted by age. [`File::read`] does not need this table,
/// but programs of earlier versions do.
const KEYS_BY_AGE: TableDefinition<(u64, &str), ()> = TableDefinition::new("keys by age");

/// An open data file.
pub struct File(Database);

impl File {
    /// Opens the file, or creates it.
    ///
    /// # Errors
    /// The file cannot be read or created, is open in another process, or is not a data file.
    pub fn open(path: &Path) -> Result<File, redb::Error> {
        let database = Database::create(path)?;
        // Reading a table that was never written to would be an error.
        let transaction = database.begin_write()?;
        transaction.open_table(COUNTERS)?;
        transaction.open_table(KEYS)?;
        transaction.open_table(KEYS_BY_AGE)?;
        transaction.commit()?;
        Ok(File(database))
    }

    /// Reads all counters and keys.
    ///
    /// # Errors
    /// The disk failed.
    pub fn read(&self) -> Result<Data, redb::Error> {
        let transaction = self.0.begin_read()?;
        let mut data = Data::default();
        for entry in transaction.open_table(COUNTERS)?.iter()? {
            let (name, value) = entry?;
            data.counters.insert(name.value().to_owned(), value.value());
        }
        for entry in transaction.open_table(KEYS)?.iter()? {
            let (key, known) = entry?;
            let (request, new, value, at) = known.value();
            let request = request.to_owned();
            let outcome = Outcome { new, value };
            data.keys
                .insert(key.value().to_owned(), Request { request, outcome, at });
        }
        Ok(data)
    }

    /// Stores a change durably; returns after the disk has it.
    ///
    /// # Errors
    /// The disk failed; nothing was stored.
    pub fn write(&self, change: &Change) -> Result<(), redb::Error> {
        // Dropping the transaction rolls it back.
        let transaction = self.0.begin_write()?;
        {
            let mut keys = transaction.open_table(KEYS)?;
            let mut ages = transaction.open_table(KEYS_BY_AGE)?;
            transaction.open_table(COUNTERS)?.insert(change.name, change.value)?;
            for (at, key) in &change.expired {
                keys.remove(key.as_str())?;
                ages.remove((*at, key.as_str()))?;
            }
            if let Some((key, Request { request, outcome, at })) = &change.key {
                let known = (request.as_str(), outcome.new, outcome.value, *at);
                if let Some(old) = keys.insert(key, known)? {
                    ages.remove((old.value().3, *key))?;
                }
                ages.insert((*at, *key), ())?;
            }
        }
        Ok(transaction.commit()?)
    }
}
