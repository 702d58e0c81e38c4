//! What goes over the wire: connections to Redis, the names of its keys, and the time in the form in which jobs carry it.

pub(crate) mod clock;
mod connection;
mod dedicated;
pub mod keys;

pub use connection::Connections;
pub use dedicated::Dedicated;
