//! A class of jobs, as far as the code that enqueues them needs it.

use serde::Serialize;
use serde_json::value::to_raw_value;

use crate::{Client, Error};

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
    /// The errors of [`Job::new`](crate::Job::new) and [`Client::push`].
    fn perform_async(client: &Client, args: Self::Args) -> Result<String, Error> {
        let args = to_raw_value(&args)?;
        todo!(
            "task 1.4: push a job of class {} with {args} by {client:?}, see docs/step1-typed.md",
            Self::CLASS
        )
    }

    /// Enqueues one job for each element of `args`, 1,000 in each round trip. Returns their jids in
    /// the same order.
    ///
    /// # Errors
    /// The errors of [`Client::push_bulk`]. If one job is invalid, none is written.
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
