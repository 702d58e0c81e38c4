//! The message that travels through Redis.

use std::borrow::Cow;
use std::fmt;

use foldhash::fast::RandomState;
use indexmap::IndexMap;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use crate::Error;

/// The queue of a job that names none.
const DEFAULT_QUEUE: &str = "default";

/// How many keys a job has once it is on a queue.
const KEYS: usize = 7;

/// From key to raw JSON, in order. The hasher is random for each process, as the standard one, but made for short keys:
/// it takes a third off the time to build a job.
type Fields = IndexMap<Cow<'static, str>, Box<RawValue>, RandomState>;

/// A job: a class, its arguments, and what the client adds. One JSON object, see `docs/wire-format.md`.
///
/// It is read one level deep only: an ordered map from each key to the raw JSON text of its value. So the order of the
/// keys, those that we do not know, and every byte of the arguments stay as they were, whoever wrote them. A struct with
/// a field for each key would lose the unknown ones and respell `1e2` or an integer over 64 bits.
#[derive(Debug, Clone)]
pub struct Job {
    fields: Fields,
}

impl Job {
    /// A job for the worker named `class`, with arguments that serialise to a JSON array (a tuple, a `Vec`, a
    /// `json!([…])`, raw JSON).
    ///
    /// # Errors
    /// [`Error::NoClass`] if `class` is empty, [`Error::ArgsNotArray`] if the arguments are no array, [`Error::Json`] if
    /// they cannot be written as JSON.
    pub fn new(class: &str, args: &(impl Serialize + ?Sized)) -> Result<Job, Error> {
        let mut job = Job {
            fields: Fields::with_capacity_and_hasher(KEYS, RandomState::default()),
        };
        job.set("class", class)?;
        job.set("args", args)?;
        job.validate()?;
        Ok(job)
    }

    /// Reads a job as it was pushed to Redis, by whomever.
    ///
    /// # Errors
    /// [`Error::NotAJob`] if it is no JSON object with a string `class` and an array `args`.
    pub fn parse(payload: &[u8]) -> Result<Job, Error> {
        let fields = serde_json::from_slice(payload).map_err(|error| Error::NotAJob(error.to_string()))?;
        let job = Job { fields };
        if !job.raw("class").is_some_and(|class| class.starts_with('"')) {
            return Err(Error::NotAJob("it has no class".to_owned()));
        }
        if !job.raw("args").is_some_and(|args| args.starts_with('[')) {
            return Err(Error::NotAJob("it has no array of args".to_owned()));
        }
        Ok(job)
    }

    /// The name of the worker that performs the job.
    pub fn class(&self) -> String {
        self.get("class").unwrap_or_default()
    }

    /// The job's id: it stays the same over all its retries. A job that was not pushed yet has none.
    pub fn jid(&self) -> Option<String> {
        self.get("jid")
    }

    /// The queue it goes to, or came from; `default` if it names none.
    pub fn queue(&self) -> String {
        let queue = self.get("queue").filter(|queue: &String| !queue.is_empty());
        queue.unwrap_or_else(|| DEFAULT_QUEUE.to_owned())
    }

    /// The value of `key`, or `None` if it is absent or of another type than `T`.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        serde_json::from_str(self.raw(key)?).ok()
    }

    /// The JSON text of `key`'s value, byte for byte as it was written.
    pub fn raw(&self, key: &str) -> Option<&str> {
        Some(self.fields.get(key)?.get())
    }

    /// Sets `key`, in its old place if it had one, else at the end.
    ///
    /// # Errors
    /// [`Error::Json`] if the value cannot be written as JSON.
    pub fn set(&mut self, key: impl Into<Cow<'static, str>>, value: &(impl Serialize + ?Sized)) -> Result<(), Error> {
        self.fields.insert(key.into(), to_raw_value(value)?);
        Ok(())
    }

    /// Sets `key` to a string, a number or a bool. Unlike [`Job::set`] it cannot fail; a number that JSON has no way to
    /// write, such as an infinite one, becomes `null`.
    pub fn record(&mut self, key: impl Into<Cow<'static, str>>, value: impl Into<Value>) {
        // A `Value` is JSON by construction.
        if let Ok(value) = to_raw_value(&value.into()) {
            self.fields.insert(key.into(), value);
        }
    }

    /// Removes `key`; the others keep their order.
    pub fn remove(&mut self, key: &str) {
        self.fields.shift_remove(key);
    }

    /// Makes the job complete, ready for a queue: `retry` true, `queue` "default", a fresh `jid` and `created_at`, each
    /// only where it is absent; and `enqueued_at`, which is `now` each time. `now` is in seconds since 1970 UTC.
    ///
    /// # Errors
    /// As [`Job::new`], for a class or arguments that were [set](Job::set) since, and [`Error::NoQueue`] if the queue's
    /// name is empty or no string.
    pub fn normalize(&mut self, now: f64) -> Result<(), Error> {
        self.validate()?;
        let now = to_raw_value(&now)?;
        self.fields
            .entry("retry".into())
            .or_insert_with(|| RawValue::TRUE.to_owned());
        if self.raw("queue").is_none() {
            self.set("queue", DEFAULT_QUEUE)?;
        }
        if self.jid().is_none() {
            self.set("jid", &fresh_jid())?;
        }
        self.fields.entry("created_at".into()).or_insert_with(|| now.clone());
        self.fields.insert("enqueued_at".into(), now);
        Ok(())
    }

    /// Whether a queue would take the job: the errors of [`Job::normalize`].
    pub(crate) fn validate(&self) -> Result<(), Error> {
        let class = self.raw("class").unwrap_or("nothing");
        if !is_text(class) {
            return Err(Error::NoClass(class.to_owned()));
        }
        validate_args(self.raw("args").unwrap_or("nothing"))?;
        match self.raw("queue") {
            Some(queue) if !is_text(queue) => Err(Error::NoQueue(queue.to_owned())),
            _ => Ok(()),
        }
    }
}

/// Compact JSON, as it is pushed to Redis.
impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let json = serde_json::to_string(&self.fields).map_err(|_| fmt::Error)?;
        f.write_str(&json)
    }
}

/// Refuses raw JSON that is no array.
pub(crate) fn validate_args(args: &str) -> Result<(), Error> {
    if args.starts_with('[') {
        Ok(())
    } else {
        Err(Error::ArgsNotArray(args.to_owned()))
    }
}

/// Whether raw JSON is a string that is not empty.
fn is_text(json: &str) -> bool {
    json.starts_with('"') && json != "\"\""
}

/// 12 random bytes in hex: 24 digits, as Sidekiq's ids. With 96 bits, a million million jobs share an id with a
/// chance of one in 100,000.
fn fresh_jid() -> String {
    format!("{:024x}", rand::random::<u128>() >> 32)
}
