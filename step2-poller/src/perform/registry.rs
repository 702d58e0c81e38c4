//! Finds the code that performs a class of jobs.

use std::collections::HashMap;

use crate::{Failure, Job, Worker};

/// A worker after type erasure: a function that performs a job.
type Perform = Box<dyn Fn(&Job) -> Result<(), Failure> + Send + Sync>;

/// The workers of a process, by the name of their class.
///
/// Ruby finds the code by looking up a constant of that name. Rust does not have such a table, and
/// an explicit registry is safer: a message in Redis can only run code that was registered.
#[derive(Default)]
pub struct Registry {
    workers: HashMap<&'static str, Perform>,
}

impl Registry {
    /// Registers a worker for the class `W::CLASS`. It replaces an earlier worker of the same
    /// class.
    pub fn register<W: Worker>(&mut self, worker: W) {
        let name = std::any::type_name_of_val(&worker);
        todo!(
            "task 2.1: keep {name} as the worker of {}, see docs/step2-poller.md",
            W::CLASS
        )
    }

    /// Performs the job on the current thread.
    ///
    /// # Errors
    /// The reason of the failure. The worker has run only if it is [`Failure::Failed`].
    ///
    /// # Panics
    /// If the worker panics. Step 3 handles this.
    pub fn perform(&self, job: &Job) -> Result<(), Failure> {
        todo!(
            "task 2.1: perform {job} by one of {} workers, see docs/step2-poller.md",
            self.workers.len()
        )
    }
}
