//! One process among others: its lease, its heartbeat, and the recovery of what a crashed process held.

pub(crate) mod heartbeat;
pub(crate) mod identity;
mod lease;
mod recovery;

pub use heartbeat::Heartbeat;
pub use lease::Lease;
pub use recovery::Recovery;
