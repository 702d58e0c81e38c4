//! Communication with Redis: connections, the names of keys, and the format of times.

pub(crate) mod clock;
mod connection;
pub mod keys;

pub use connection::{Connections, is_outage};
