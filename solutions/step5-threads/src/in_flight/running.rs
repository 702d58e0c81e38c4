//! The running jobs, for a person who asks what a process is doing.

use std::sync::{Arc, Mutex, PoisonError};

use tracing::info;

use super::CurrentBatch;
use crate::Job;

/// The jobs that a server is performing. Clones refer to the same server.
#[derive(Clone, Default)]
pub struct RunningJobs(Arc<Mutex<Vec<CurrentBatch>>>);

impl RunningJobs {
    /// Sets the batches of the server, one for each processor.
    pub(crate) fn set(&self, batches: &[CurrentBatch]) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = batches.to_vec();
    }

    /// Logs the running job of each processor, and since when it has been running.
    pub fn log(&self) {
        let batches = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for (processor, batch) in batches.iter().enumerate() {
            let Some((work, since)) = batch.running() else {
                info!(processor, "idle");
                continue;
            };
            let job = Job::parse(&work.payload).ok();
            let (class, jid) = (job.as_ref().map(Job::class), job.as_ref().and_then(Job::jid));
            info!(processor, class, jid, elapsed = ?since.elapsed(), "running");
        }
    }
}
