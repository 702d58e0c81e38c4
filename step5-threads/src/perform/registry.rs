//! Finds the code that performs a class of jobs.

use std::collections::HashMap;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use crate::{Failure, Job, Retry, Worker};

/// A worker after type erasure: a function that performs a job.
type Perform = Arc<dyn Fn(&Job) -> Result<(), Failure> + Send + Sync>;

/// The workers of a process, by the name of their class.
///
/// Ruby finds the code by looking up a constant of that name. Rust does not have such a table, and
/// an explicit registry is safer: a message in Redis can only run code that was registered.
#[derive(Default, Clone)]
pub struct Registry {
    workers: HashMap<&'static str, (Perform, Retry)>,
}

impl Registry {
    /// Registers a worker for the class `W::CLASS`. It replaces an earlier worker of the same
    /// class.
    pub fn register<W: Worker>(&mut self, worker: W) {
        let perform = move |job: &Job| {
            let args = arguments(job).map_err(|reason| Failure::WrongArgs {
                class: job.class(),
                reason,
            })?;
            worker.perform(args, job).map_err(Failure::Failed)
        };
        self.workers.insert(W::CLASS, (Arc::new(perform), W::RETRY));
    }

    /// Performs the job on the current thread.
    ///
    /// # Errors
    /// The reason of the failure. The worker has run only if it is [`Failure::Failed`].
    ///
    /// # Panics
    /// If the worker panics. The caller must handle this.
    pub fn perform(&self, job: &Job) -> Result<(), Failure> {
        match self.workers.get(job.class().as_str()) {
            Some((perform, _)) => perform(job),
            None => Err(Failure::UnknownClass(job.class())),
        }
    }

    /// Returns the `RETRY` of the job's worker, or [`Retry::Yes`] if no such worker is registered.
    pub fn retry(&self, job: &Job) -> Retry {
        let worker = self.workers.get(job.class().as_str());
        worker.map_or(Retry::Yes, |(_, retry)| *retry)
    }
}

/// Parses the job's arguments. Serde reads `()` only from `null`, but on the wire it is `[]`.
fn arguments<A: DeserializeOwned>(job: &Job) -> Result<A, serde_json::Error> {
    let args = job.raw("args").unwrap_or("[]");
    serde_json::from_str(args).or_else(|error| match job.get::<[(); 0]>("args") {
        Some([]) => serde_json::from_str("null").map_err(|_| error),
        None => Err(error),
    })
}
