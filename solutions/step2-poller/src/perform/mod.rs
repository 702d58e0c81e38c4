//! Performing a job: find its worker, and describe how it failed.

mod failure;
mod registry;

pub use failure::{BoxError, Failure};
pub use registry::Registry;
