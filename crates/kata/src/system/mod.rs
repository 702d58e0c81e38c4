//! TODO.

pub mod cargo;
pub mod files;
pub mod group;
pub mod http;
pub mod run;
