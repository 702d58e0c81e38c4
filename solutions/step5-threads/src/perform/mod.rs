//! Performing a job: find its worker, and decide what happens when it fails.

mod failure;
mod registry;
pub mod retry;

pub use failure::{BoxError, Failure};
pub use registry::Registry;
pub use retry::{Retry, Verdict};
