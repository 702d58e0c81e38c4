//! TODO.

pub mod group;
