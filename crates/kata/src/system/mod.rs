//! TODO.

pub mod group;
pub mod http;
pub mod run;
