//! Communication with Redis: connections, the names of keys, and the format of times.

pub(crate) mod clock;
mod connection;
mod dedicated;
pub mod keys;
mod refusals;

pub use connection::{Connections, is_outage};
pub use dedicated::DedicatedConnection;
pub use refusals::RefusalLog;
