//! A process among others: its lease, its heartbeat, and the recovery of the jobs of crashed
//! processes.

pub(crate) mod heartbeat;
pub(crate) mod identity;
mod lease;
mod recovery;

pub use heartbeat::Heartbeat;
pub use lease::{Expired, Lease};
pub use recovery::Recovery;
