//! From a class name in Redis to the code that performs it.

use std::collections::HashMap;

use crate::{Failure, Job, Worker};

/// What a worker becomes once its types are forgotten: a function of the job.
type Perform = Box<dyn Fn(&Job) -> Result<(), Failure> + Send + Sync>;

/// The workers of a process, found by the name of their class.
///
/// Ruby finds the code by looking up a constant of that name. Rust has no such table, and it is safer without: what
/// can be named in Redis is only what was registered here.
#[derive(Default)]
pub struct Registry {
    workers: HashMap<&'static str, Perform>,
}

impl Registry {
    /// Performs jobs of the class `W::CLASS` by this worker from now on (instead of an earlier one of that class).
    pub fn register<W: Worker>(&mut self, worker: W) {
        let name = std::any::type_name_of_val(&worker);
        todo!(
            "task 2.1: keep {name} as the worker of {}, see docs/step2-poller.md",
            W::CLASS
        )
    }

    /// Performs the job, here and now.
    ///
    /// # Errors
    /// [`Failure`] says why it could not be done. Nothing was performed unless it is [`Failure::Failed`].
    ///
    /// # Panics
    /// If the worker does: what becomes of a panic is decided in step 3.
    pub fn perform(&self, job: &Job) -> Result<(), Failure> {
        todo!(
            "task 2.1: perform {job} by one of {} workers, see docs/step2-poller.md",
            self.workers.len()
        )
    }
}
