//! Performs a job: finds its worker, and describes how it failed.

mod failure;
mod registry;

pub use failure::{BoxError, Failure};
pub use registry::Registry;
