//! The code that performs a class of jobs.

use std::time::{Duration, SystemTime};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::{RawValue, to_raw_value};

use crate::job::validate_args;
use crate::{BoxError, Client, Error, Job, Retry};

/// 100 years: further away the clock may end.
const FAR: Duration = Duration::from_secs(3_155_760_000);

/// A class of jobs: its name on the wire, the types of its arguments, and the code that performs it.
///
/// Enqueueing through a worker instead of a bare [`Job`](crate::Job) lets the compiler see that the arguments are what
/// the worker will expect, perhaps minutes later and in another process.
pub trait Worker: Send + Sync + 'static {
    /// The name on the wire. Never derived from the type's name: renaming a type must not orphan the jobs in Redis.
    const CLASS: &'static str;

    /// The queue that a client pushes its jobs to.
    const QUEUE: &'static str = "default";

    /// How often a job that failed is tried again. A client writes it into each job, and a job that says something else
    /// is obeyed.
    const RETRY: Retry = Retry::Yes;

    /// The arguments, in order: a tuple is Sidekiq's array of positional arguments; `()` is none. A single argument is
    /// a tuple, too: `(String,)`.
    type Args: Serialize + DeserializeOwned;

    /// Performs one job. `job` is the message it came in, for whoever wants its jid.
    ///
    /// # Errors
    /// Any error: it says that the job was not done, and it will be retried. So it may run twice, perhaps after it had
    /// done its work already; see to it that this does no harm. A panic counts as an error.
    fn perform(&self, args: Self::Args, job: &Job) -> Result<(), BoxError>;

    /// Enqueues a job to be performed as soon as possible, and returns its jid.
    ///
    /// # Errors
    /// Those of [`Job::new`] and [`Client::push`].
    fn perform_async(client: &Client, args: Self::Args) -> Result<String, Error> {
        client.push(job::<Self>(&positional(&args)?)?)
    }

    /// Enqueues a job to be performed after `delay`, 100 years at most, and returns its jid. With none it is performed as
    /// soon as possible.
    ///
    /// # Errors
    /// As [`perform_async`](Worker::perform_async).
    fn perform_in(client: &Client, delay: Duration, args: Self::Args) -> Result<String, Error> {
        Self::perform_at(client, SystemTime::now() + delay.min(FAR), args)
    }

    /// Enqueues a job to be performed at a time, and returns its jid. If that is past, it is performed as soon as
    /// possible.
    ///
    /// # Errors
    /// As [`perform_async`](Worker::perform_async).
    fn perform_at(client: &Client, at: SystemTime, args: Self::Args) -> Result<String, Error> {
        client.push_at(job::<Self>(&positional(&args)?)?, at)
    }

    /// Enqueues a job for each of `args`, 1,000 to a round trip, and returns their jids in the same order.
    ///
    /// # Errors
    /// As [`Client::push_bulk`]: if one job is refused, none is written.
    fn perform_bulk(client: &Client, args: impl IntoIterator<Item = Self::Args>) -> Result<Vec<String>, Error> {
        let args: Vec<_> = args
            .into_iter()
            .map(|args| positional(&args))
            .collect::<Result<_, _>>()?;
        client.push_each(args.iter().map(|args| job::<Self>(args)))
    }
}

/// A job of this class, with what the worker says about its queue and retries.
fn job<W: Worker + ?Sized>(args: &RawValue) -> Result<Job, Error> {
    let mut job = Job::new(W::CLASS, args)?;
    job.set("queue", W::QUEUE)?;
    job.set("retry", &W::RETRY)?;
    Ok(job)
}

/// The arguments as a JSON array. serde writes `()` as `null`, and no arguments are `[]` on the wire.
fn positional(args: &impl Serialize) -> Result<Box<RawValue>, Error> {
    let args = to_raw_value(args)?;
    if args.get() == "null" {
        return Ok(to_raw_value(&[(); 0])?);
    }
    validate_args(args.get())?;
    Ok(args)
}
