use sidepunch::{BoxError, Job, Worker};

/// Fails with a message: `[message]`.
pub struct FailWorker;

impl Worker for FailWorker {
    const CLASS: &'static str = "FailWorker";
    type Args = (String,);

    fn perform(&self, (message,): Self::Args, _: &Job) -> Result<(), BoxError> {
        Err(message.into())
    }
}
