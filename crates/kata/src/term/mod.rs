//! TODO.

pub mod printer;
pub mod progress;
pub mod say;
