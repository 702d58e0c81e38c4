//! Runs the code of a worker, which may panic.

use std::any::Any;
use std::mem::{self, ManuallyDrop};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::Failure;

/// Performs a job. If it panics, returns the failure that `convert` makes of the panic's value.
///
/// The types of this value and of the worker's error are the worker's choice, so their code may
/// panic, too: the error when it is displayed, and both when they are dropped. So both are dropped
/// in here, and only the text of the error is returned. `ManuallyDrop` prevents a drop while
/// another panic unwinds, which would abort the process.
pub(crate) fn catch_panic(
    perform: impl FnOnce() -> Result<(), Failure>,
    convert: impl FnOnce(&(dyn Any + Send)) -> Failure,
) -> Result<(), Failure> {
    // Unwind safe, because the job and the registry are only read. A worker is responsible for its
    // own state when it panics.
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        perform().map_err(|failure| match failure {
            Failure::Failed(error) => {
                let error = ManuallyDrop::new(error);
                let text = error.to_string();
                drop(ManuallyDrop::into_inner(error));
                Failure::Failed(text.into())
            }
            other => other,
        })
    }));
    outcome.unwrap_or_else(|panic| {
        let panic = ManuallyDrop::new(panic);
        let failure = convert(&**panic);
        // The value of a second panic is not dropped, because that could cause a third one.
        catch_unwind(AssertUnwindSafe(|| drop(ManuallyDrop::into_inner(panic)))).unwrap_or_else(mem::forget);
        Err(failure)
    })
}
