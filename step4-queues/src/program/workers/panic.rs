use sidepunch::{BoxError, Job, Worker};

/// Panics with a message, like a bug: `[message]`.
pub struct PanicWorker;

impl Worker for PanicWorker {
    const CLASS: &'static str = "PanicWorker";
    type Args = (String,);

    fn perform(&self, (message,): Self::Args, _: &Job) -> Result<(), BoxError> {
        panic!("{message}")
    }
}
