//! The message that a client pushes to Redis and a server fetches.

use std::borrow::Cow;
use std::fmt;

use foldhash::fast::RandomState;
use indexmap::IndexMap;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use crate::Error;

/// The queue of a job that does not name one.
pub(crate) const DEFAULT_QUEUE: &str = "default";

/// The number of fields of a complete job, which is the initial capacity of the map.
const FIELD_COUNT: usize = 7;

/// Maps each field to its raw JSON, in the original order. The hasher is random for each process,
/// like the standard one, but it is made for short keys: building a job takes a third less time.
type Fields = IndexMap<Cow<'static, str>, Box<RawValue>, RandomState>;

/// A job: a class, its arguments, and the fields that the client adds. On the wire it is one JSON
/// object, see `docs/wire-format.md`.
///
/// Only the top level of the object is parsed: the job is an ordered map from each field to the raw
/// JSON text of its value. So the order of the fields, the fields that we do not know, and every
/// byte of the arguments are preserved, even if another client wrote the job. A struct with a
/// member for each field would lose the unknown fields, and reformat `1e2` or large integers.
#[derive(Debug, Clone)]
pub struct Job {
    fields: Fields,
}

impl Job {
    /// Creates a job for the worker named `class`. The arguments must serialize to a JSON array,
    /// for example a tuple, a `Vec`, a `json!([…])` or raw JSON.
    ///
    /// # Errors
    /// [`Error::InvalidClass`] if `class` is empty, [`Error::ArgsNotArray`] if the arguments are
    /// not an array, [`Error::Json`] if they cannot be written as JSON.
    pub fn new(class: &str, args: &(impl Serialize + ?Sized)) -> Result<Job, Error> {
        let mut job = Job {
            fields: Fields::with_capacity_and_hasher(FIELD_COUNT, RandomState::default()),
        };
        job.set("class", class)?;
        job.set("args", args)?;
        job.validate()?;
        Ok(job)
    }

    /// Parses a payload from Redis, which any client may have written.
    ///
    /// # Errors
    /// [`Error::InvalidPayload`] if it is not a JSON object with a string `class` and an array
    /// `args`.
    pub fn parse(payload: &[u8]) -> Result<Job, Error> {
        let fields = serde_json::from_slice(payload).map_err(|error| Error::InvalidPayload(error.to_string()))?;
        let job = Job { fields };
        if !job.raw("class").is_some_and(|class| class.starts_with('"')) {
            return Err(Error::InvalidPayload("`class` is missing or not a string".to_owned()));
        }
        if !job.raw("args").is_some_and(|args| args.starts_with('[')) {
            return Err(Error::InvalidPayload("`args` is missing or not an array".to_owned()));
        }
        Ok(job)
    }

    /// Returns the name of the worker that performs the job.
    pub fn class(&self) -> String {
        self.get("class").unwrap_or_default()
    }

    /// Returns the job's id, which stays the same over all retries; `None` before the first push.
    pub fn jid(&self) -> Option<String> {
        self.get("jid")
    }

    /// Returns the queue that the job goes to or came from: `default` if the job does not name one.
    pub fn queue(&self) -> String {
        let queue = self.get("queue").filter(|queue: &String| !queue.is_empty());
        queue.unwrap_or_else(|| DEFAULT_QUEUE.to_owned())
    }

    /// Returns the value of `field`, or `None` if it is missing or has another type than `T`.
    pub fn get<T: DeserializeOwned>(&self, field: &str) -> Option<T> {
        serde_json::from_str(self.raw(field)?).ok()
    }

    /// Returns the JSON text of the value of `field`, byte for byte as it was written.
    pub fn raw(&self, field: &str) -> Option<&str> {
        Some(self.fields.get(field)?.get())
    }

    /// Sets `field` to a value. An existing field keeps its position, a new one goes to the end.
    ///
    /// # Errors
    /// [`Error::Json`] if the value cannot be written as JSON.
    pub fn set(&mut self, field: impl Into<Cow<'static, str>>, value: &(impl Serialize + ?Sized)) -> Result<(), Error> {
        self.fields.insert(field.into(), to_raw_value(value)?);
        Ok(())
    }

    /// Sets `field` to a string, a number or a bool. Unlike [`Job::set`], this cannot fail. A
    /// number that JSON cannot express, such as infinity, becomes `null`.
    pub fn set_value(&mut self, field: impl Into<Cow<'static, str>>, value: impl Into<Value>) {
        // This cannot fail, because a `Value` is valid JSON by construction.
        if let Ok(value) = to_raw_value(&value.into()) {
            self.fields.insert(field.into(), value);
        }
    }

    /// Removes `field`. The other fields keep their order.
    pub fn remove(&mut self, field: &str) {
        self.fields.shift_remove(field);
    }

    /// Gives the job a new jid if it does not have one.
    pub(crate) fn ensure_jid(&mut self) {
        if self.jid().is_none() {
            self.set_value("jid", new_jid());
        }
    }

    /// Completes the job, so that it can be pushed: sets `retry` to true, `queue` to "default", and
    /// `jid` and `created_at` to new values, unless the job has them already. Always sets
    /// `enqueued_at` to `now`, a Unix time in seconds.
    ///
    /// # Errors
    /// The errors of [`Job::new`], for a class or arguments that were [set](Job::set) later, and
    /// [`Error::InvalidQueue`] if the queue's name is empty or not a string.
    pub fn normalize(&mut self, now: f64) -> Result<(), Error> {
        self.validate()?;
        let now = to_raw_value(&now)?;
        self.fields
            .entry("retry".into())
            .or_insert_with(|| RawValue::TRUE.to_owned());
        if self.raw("queue").is_none() {
            self.set("queue", DEFAULT_QUEUE)?;
        }
        self.ensure_jid();
        self.fields.entry("created_at".into()).or_insert_with(|| now.clone());
        self.fields.insert("enqueued_at".into(), now);
        Ok(())
    }

    /// Checks that the job can be pushed. Returns the errors of [`Job::normalize`].
    pub(crate) fn validate(&self) -> Result<(), Error> {
        let class = self.raw("class").unwrap_or("nothing");
        if !is_nonempty_string(class) {
            return Err(Error::InvalidClass(class.to_owned()));
        }
        validate_args(self.raw("args").unwrap_or("nothing"))?;
        match self.raw("queue") {
            Some(queue) if !is_nonempty_string(queue) => Err(Error::InvalidQueue(queue.to_owned())),
            _ => Ok(()),
        }
    }
}

/// Writes the JSON that is pushed to Redis.
impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let json = serde_json::to_string(&self.fields).map_err(|_| fmt::Error)?;
        f.write_str(&json)
    }
}

/// Rejects raw JSON that is not an array.
pub(crate) fn validate_args(args: &str) -> Result<(), Error> {
    if args.starts_with('[') {
        Ok(())
    } else {
        Err(Error::ArgsNotArray(args.to_owned()))
    }
}

/// Returns true if raw JSON is a string that is not empty.
fn is_nonempty_string(json: &str) -> bool {
    json.starts_with('"') && json != "\"\""
}

/// Returns 12 random bytes as 24 hex digits, like Sidekiq. With 96 random bits, the chance that any
/// two of 10¹² jobs have the same id is below 1 in 100,000.
fn new_jid() -> String {
    format!("{:024x}", rand::random::<u128>() >> 32)
}
