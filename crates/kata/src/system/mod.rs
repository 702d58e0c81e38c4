//! TODO.

pub mod group;
pub mod http;
