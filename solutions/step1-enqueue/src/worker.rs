//! A class of jobs, as far as the code that enqueues them needs it.

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use crate::job::validate_args;
use crate::{Client, Error, Job};

/// A class of jobs: its name on the wire and the types of its arguments.
///
/// If you enqueue through a worker and not with a bare [`Job`](crate::Job), the compiler checks
/// that the arguments are those that the worker will expect, perhaps minutes later and in another
/// process.
pub trait Worker {
    /// The name on the wire. It is not derived from the type's name, because the jobs in Redis
    /// would not find a renamed type.
    const CLASS: &'static str;

    /// The arguments, in order. A tuple becomes Sidekiq's array of positional arguments: `()`
    /// stands for an empty array, and `(String,)` for a single argument.
    type Args: Serialize;

    /// Enqueues a job that runs as soon as possible. Returns its jid.
    ///
    /// # Errors
    /// The errors of [`Job::new`] and [`Client::push`].
    fn perform_async(client: &Client, args: Self::Args) -> Result<String, Error> {
        client.push(Job::new(Self::CLASS, &positional(&args)?)?)
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
        client.push_each(args.iter().map(|args| Job::new(Self::CLASS, args)))
    }
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
