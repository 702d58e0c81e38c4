//! Performs a job: finds its worker, and decides what happens if it fails.

mod catch;
mod failure;
mod malformed;
mod registry;
pub mod retry;

pub(crate) use catch::catch_panic;
pub use failure::{BoxError, Failure};
pub use malformed::malformed_entry;
pub use registry::Registry;
pub use retry::{Decision, Retry};
