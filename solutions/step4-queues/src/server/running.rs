//! The running job, for a person who asks what a process is doing.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tracing::info;

use crate::{BoxError, Job, Retry, Worker};

/// The job that a server is performing. Clones refer to the same server.
#[derive(Clone, Default)]
pub struct RunningJobs(Arc<Mutex<Option<Running>>>);

#[derive(Clone)]
struct Running {
    class: String,
    jid: Option<String>,
    since: Instant,
}

impl RunningJobs {
    /// Logs the running job, and since when it has been running.
    pub fn log(&self) {
        // The lock is not held while this writes, because a full log would block the job as well.
        let running = self.lock().clone();
        match running {
            Some(Running { class, jid, since }) => info!(class, jid, elapsed = ?since.elapsed(), "running"),
            None => info!("idle"),
        }
    }

    /// Returns the worker with the addition that it records its running job here.
    pub(super) fn observe<W: Worker>(&self, worker: W) -> impl Worker + use<W> {
        let running = self.clone();
        Observed { worker, running }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Running>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Observed<W> {
    worker: W,
    running: RunningJobs,
}

impl<W: Worker> Worker for Observed<W> {
    const CLASS: &'static str = W::CLASS;
    const QUEUE: &'static str = W::QUEUE;
    const RETRY: Retry = W::RETRY;
    type Args = W::Args;

    fn perform(&self, args: W::Args, job: &Job) -> Result<(), BoxError> {
        /// Runs after a panic as well.
        struct End<'a>(&'a RunningJobs);
        impl Drop for End<'_> {
            fn drop(&mut self) {
                *self.0.lock() = None;
            }
        }
        *self.running.lock() = Some(Running {
            class: job.class(),
            jid: job.jid(),
            since: Instant::now(),
        });
        let _end = End(&self.running);
        self.worker.perform(args, job)
    }
}
