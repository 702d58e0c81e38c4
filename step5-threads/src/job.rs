//! The message that travels through Redis.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::OnceLock;

use foldhash::fast::RandomState;
use indexmap::IndexMap;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
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
///
/// One that was read is taken apart only when somebody asks for more than its class and arguments, or changes it: most jobs
/// are performed and forgotten, and to find two values takes a quarter of the time.
#[derive(Debug, Clone)]
pub struct Job {
    fields: OnceLock<Fields>,
    read: Option<Read>,
}

/// A payload, and where in it two values stand.
#[derive(Debug, Clone)]
struct Read {
    payload: String,
    class: Range<usize>,
    args: Range<usize>,
}

/// What a payload must have.
#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow)]
    class: &'a RawValue,
    #[serde(borrow)]
    args: &'a RawValue,
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
            fields: Fields::with_capacity_and_hasher(KEYS, RandomState::default()).into(),
            read: None,
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
        let bad = |reason: &dyn fmt::Display| Error::NotAJob(reason.to_string());
        let payload = str::from_utf8(payload).map_err(|error| bad(&error))?;
        // An array is read as a struct, too: the fields in their order.
        if !payload.trim_ascii_start().starts_with('{') {
            return Err(bad(&"it is no object"));
        }
        let Head { class, args } = serde_json::from_str(payload).map_err(|error| bad(&error))?;
        if !class.get().starts_with('"') {
            return Err(bad(&"its class is no string"));
        }
        if !args.get().starts_with('[') {
            return Err(bad(&"its args are no array"));
        }
        // Both are slices of the payload.
        let place = |value: &RawValue| {
            let start = value.get().as_ptr().addr() - payload.as_ptr().addr();
            start..start + value.get().len()
        };
        let (class, args) = (place(class), place(args));
        let payload = payload.to_owned();
        Ok(Job {
            fields: OnceLock::new(),
            read: Some(Read { payload, class, args }),
        })
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
        match (key, &self.read) {
            ("class", Some(read)) => Some(&read.payload[read.class.clone()]),
            ("args", Some(read)) => Some(&read.payload[read.args.clone()]),
            _ => Some(self.fields().get(key)?.get()),
        }
    }

    /// Sets `key`, in its old place if it had one, else at the end.
    ///
    /// # Errors
    /// [`Error::Json`] if the value cannot be written as JSON.
    pub fn set(&mut self, key: impl Into<Cow<'static, str>>, value: &(impl Serialize + ?Sized)) -> Result<(), Error> {
        let value = to_raw_value(value)?;
        self.change(|fields| fields.insert(key.into(), value));
        Ok(())
    }

    /// Sets `key` to a string, a number or a bool. Unlike [`Job::set`] it cannot fail; a number that JSON has no way to
    /// write, such as an infinite one, becomes `null`.
    pub fn record(&mut self, key: impl Into<Cow<'static, str>>, value: impl Into<Value>) {
        // A `Value` is JSON by construction.
        if let Ok(value) = to_raw_value(&value.into()) {
            self.change(|fields| fields.insert(key.into(), value));
        }
    }

    /// Removes `key`; the others keep their order.
    pub fn remove(&mut self, key: &str) {
        self.change(|fields| fields.shift_remove(key));
    }

    /// Gives the job a fresh jid if it has none.
    pub(crate) fn identify(&mut self) {
        if self.jid().is_none() {
            self.record("jid", fresh_jid());
        }
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
        if self.raw("retry").is_none() {
            self.set("retry", &true)?;
        }
        if self.raw("queue").is_none() {
            self.set("queue", DEFAULT_QUEUE)?;
        }
        self.identify();
        self.change(|fields| {
            fields.entry("created_at".into()).or_insert_with(|| now.clone());
            fields.insert("enqueued_at".into(), now)
        });
        Ok(())
    }

    fn fields(&self) -> &Fields {
        // Whatever was read was found to be JSON then.
        let fields = || serde_json::from_str(&self.read.as_ref()?.payload).ok();
        self.fields.get_or_init(|| fields().unwrap_or_default())
    }

    fn change<T>(&mut self, change: impl FnOnce(&mut Fields) -> T) {
        self.fields();
        self.fields.get_mut().map(change);
        self.read = None;
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
        if let Some(read) = &self.read {
            return f.write_str(&read.payload);
        }
        let json = serde_json::to_string(self.fields()).map_err(|_| fmt::Error)?;
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
