//! The code that performs a class of jobs, as far as the one who enqueues must know it.

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use crate::job::validate_args;
use crate::{Client, Error, Job};

/// A class of jobs: its name on the wire and the types of its arguments.
///
/// Enqueueing through a worker instead of a bare [`Job`](crate::Job) lets the compiler see that the arguments are what
/// the worker will expect, perhaps minutes later and in another process.
pub trait Worker {
    /// The name on the wire. Never derived from the type's name: renaming a type must not orphan the jobs in Redis.
    const CLASS: &'static str;

    /// The arguments, in order: a tuple is Sidekiq's array of positional arguments; `()` is none. A single argument is
    /// a tuple, too: `(String,)`.
    type Args: Serialize;

    /// Enqueues a job to be performed as soon as possible, and returns its jid.
    ///
    /// # Errors
    /// Those of [`Job::new`] and [`Client::push`].
    fn perform_async(client: &Client, args: Self::Args) -> Result<String, Error> {
        client.push(Job::new(Self::CLASS, &positional(&args)?)?)
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
        client.push_each(args.iter().map(|args| Job::new(Self::CLASS, args)))
    }
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
