//! Performs a job: finds its worker, and decides what happens if it fails.

mod failure;
mod malformed;
mod registry;
pub mod retry;

pub use failure::{BoxError, Failure};
pub use malformed::malformed_entry;
pub use registry::Registry;
pub use retry::{Decision, Retry};
