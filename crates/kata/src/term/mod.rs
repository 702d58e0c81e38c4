//! TODO.

pub mod printer;
