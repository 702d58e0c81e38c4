//! TODO.

pub mod printer;
pub mod say;
