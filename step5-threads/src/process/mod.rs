//! One process among others: its lease, its heartbeat, and the recovery of what a crashed process held.

pub(crate) mod heartbeat;
pub(crate) mod identity;
pub(crate) mod recovery;
mod renewals;

pub use heartbeat::Heartbeat;
pub use renewals::Renewals;
