//! From a class name in Redis to the code that performs it.

use std::collections::HashMap;

use serde::de::DeserializeOwned;

use crate::{Failure, Job, Retry, Worker};

/// What a worker becomes once its types are forgotten: a function of the job.
type Perform = Box<dyn Fn(&Job) -> Result<(), Failure> + Send + Sync>;

/// The workers of a process, found by the name of their class.
///
/// Ruby finds the code by looking up a constant of that name. Rust has no such table, and it is safer without: what
/// can be named in Redis is only what was registered here.
#[derive(Default)]
pub struct Registry {
    workers: HashMap<&'static str, (Perform, Retry)>,
}

impl Registry {
    /// Performs jobs of the class `W::CLASS` by this worker from now on (instead of an earlier one of that class).
    pub fn register<W: Worker>(&mut self, worker: W) {
        let perform = move |job: &Job| {
            let args = arguments(job).map_err(|source| Failure::WrongArgs {
                class: job.class(),
                source,
            })?;
            worker.perform(args, job).map_err(Failure::Failed)
        };
        self.workers.insert(W::CLASS, (Box::new(perform), W::RETRY));
    }

    /// Performs the job, here and now.
    ///
    /// # Errors
    /// [`Failure`] says why it could not be done. Nothing was performed unless it is [`Failure::Failed`].
    ///
    /// # Panics
    /// If the worker does: what becomes of a panic, the caller decides.
    pub fn perform(&self, job: &Job) -> Result<(), Failure> {
        match self.workers.get(job.class().as_str()) {
            Some((perform, _)) => perform(job),
            None => Err(Failure::UnknownClass(job.class())),
        }
    }

    /// What the job's worker says about retries; [`Retry::Yes`] if there is no such worker.
    pub fn retry(&self, job: &Job) -> Retry {
        let worker = self.workers.get(job.class().as_str());
        worker.map_or(Retry::Yes, |(_, retry)| *retry)
    }
}

/// Reads the job's arguments. serde reads `()` from `null` only, and no arguments are `[]` on the wire.
fn arguments<A: DeserializeOwned>(job: &Job) -> Result<A, serde_json::Error> {
    let args = job.raw("args").unwrap_or("[]");
    serde_json::from_str(args).or_else(|error| match job.get::<[(); 0]>("args") {
        Some([]) => serde_json::from_str("null").map_err(|_| error),
        None => Err(error),
    })
}
