//! A class of jobs, and the code that performs it.

use std::time::{Duration, SystemTime};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::{RawValue, to_raw_value};

use crate::job::validate_args;
use crate::{BoxError, Client, Error, Job, Retry};

/// 100 years, because a later time could overflow `SystemTime`.
const MAX_DELAY: Duration = Duration::from_secs(3_155_760_000);

/// A class of jobs: its name on the wire, the types of its arguments, and the code that performs
/// it.
///
/// If you enqueue through a worker and not with a bare [`Job`](crate::Job), the compiler checks
/// that the arguments are those that the worker will expect, perhaps minutes later and in another
/// process.
pub trait Worker: Send + Sync + 'static {
    /// The name on the wire. It is not derived from the type's name, because the jobs in Redis
    /// would not find a renamed type.
    const CLASS: &'static str;

    /// The queue onto which a client pushes the jobs.
    const QUEUE: &'static str = "default";

    /// How often a failed job is retried. A client writes this into each job, and if a job contains
    /// another value, that value counts.
    const RETRY: Retry = Retry::Yes;

    /// The arguments, in order. A tuple becomes Sidekiq's array of positional arguments: `()`
    /// stands for an empty array, and `(String,)` for a single argument.
    type Args: Serialize + DeserializeOwned;

    /// Performs one job. `job` is the complete message, for example for its jid.
    ///
    /// # Errors
    /// Any error. It means that the job was not done, so that it is retried. A job may therefore
    /// run twice, even after it has done its work: write it so that this does no harm. A panic
    /// counts as an error.
    fn perform(&self, args: Self::Args, job: &Job) -> Result<(), BoxError>;

    /// Enqueues a job that runs as soon as possible. Returns its jid.
    ///
    /// # Errors
    /// The errors of [`Job::new`] and [`Client::push`].
    fn perform_async(client: &Client, args: Self::Args) -> Result<String, Error> {
        client.push(job::<Self>(&positional(&args)?)?)
    }

    /// Enqueues a job that runs after `delay`, at most 100 years. With a delay of zero, it runs as
    /// soon as possible. Returns its jid.
    ///
    /// # Errors
    /// The errors of [`perform_async`](Worker::perform_async).
    fn perform_in(client: &Client, delay: Duration, args: Self::Args) -> Result<String, Error> {
        Self::perform_at(client, SystemTime::now() + delay.min(MAX_DELAY), args)
    }

    /// Enqueues a job that runs at the time `at`, or as soon as possible if that time has passed.
    /// Returns its jid.
    ///
    /// # Errors
    /// The errors of [`perform_async`](Worker::perform_async).
    fn perform_at(client: &Client, at: SystemTime, args: Self::Args) -> Result<String, Error> {
        client.push_at(job::<Self>(&positional(&args)?)?, at)
    }

    /// Enqueues one job for each element of `args`, 1,000 in each round trip. Returns their jids in
    /// the same order.
    ///
    /// # Errors
    /// The errors of [`Client::push_bulk`]. If one job is invalid, none is written.
    fn perform_bulk(client: &Client, args: impl IntoIterator<Item = Self::Args>) -> Result<Vec<String>, Error> {
        let args: Vec<_> = args
            .into_iter()
            .map(|args| positional(&args))
            .collect::<Result<_, _>>()?;
        client.push_each(args.iter().map(|args| job::<Self>(args)))
    }
}

/// Creates a job of this class, with the worker's `QUEUE` and `RETRY`.
fn job<W: Worker + ?Sized>(args: &RawValue) -> Result<Job, Error> {
    let mut job = Job::new(W::CLASS, args)?;
    job.set("queue", W::QUEUE)?;
    job.set("retry", &W::RETRY)?;
    Ok(job)
}

/// Returns the arguments as a JSON array. Serde writes `()` as `null`, but on the wire it is `[]`.
fn positional(args: &impl Serialize) -> Result<Box<RawValue>, Error> {
    let args = to_raw_value(args)?;
    if args.get() == "null" {
        return Ok(to_raw_value(&[(); 0])?);
    }
    validate_args(args.get())?;
    Ok(args)
}
