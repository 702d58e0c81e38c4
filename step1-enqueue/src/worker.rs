//! The code that performs a class of jobs, as far as the one who enqueues must know it.

use serde::Serialize;
use serde_json::value::to_raw_value;

use crate::{Client, Error};

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
    /// Those of [`Job::new`](crate::Job::new) and [`Client::push`].
    fn perform_async(client: &Client, args: Self::Args) -> Result<String, Error> {
        let args = to_raw_value(&args)?;
        todo!(
            "task 1.4: push a job of class {} with {args} by {client:?}, see docs/step1-typed.md",
            Self::CLASS
        )
    }

    /// Enqueues a job for each of `args`, 1,000 to a round trip, and returns their jids in the same order.
    ///
    /// # Errors
    /// As [`Client::push_bulk`]: if one job is refused, none is written.
    fn perform_bulk(client: &Client, args: impl IntoIterator<Item = Self::Args>) -> Result<Vec<String>, Error> {
        let args = args
            .into_iter()
            .map(|args| to_raw_value(&args))
            .collect::<Result<Vec<_>, _>>()?;
        todo!(
            "task 1.5: push {} {} jobs by {client:?}, see docs/step1-typed.md",
            args.len(),
            Self::CLASS
        )
    }
}
