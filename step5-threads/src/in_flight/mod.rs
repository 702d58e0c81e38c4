//! Jobs in flight: a processor keeps what it works on in a list of its own until the job is acknowledged.

pub mod batch;
mod claims;
mod hold;
pub mod lanes;
pub(crate) mod watchman;

pub use claims::{Claimed, Claims, Fate, Turn};
pub use hold::Hold;
pub use lanes::Lanes;
