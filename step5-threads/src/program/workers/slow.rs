use std::thread;
use std::time::Duration;

use sidepunch::{BoxError, Job, Worker};

/// Sleeps: `[milliseconds]`.
pub struct SlowWorker;

impl Worker for SlowWorker {
    const CLASS: &'static str = "SlowWorker";
    type Args = (u64,);

    fn perform(&self, (milliseconds,): Self::Args, _: &Job) -> Result<(), BoxError> {
        thread::sleep(Duration::from_millis(milliseconds));
        Ok(())
    }
}
