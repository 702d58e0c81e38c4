//! TODO.

pub mod printer;
pub mod progress;
pub mod reply;
pub mod say;
