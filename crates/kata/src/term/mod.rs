//! The terminal: what is printed and how, and the progress of what takes longer than a moment.

pub mod printer;
pub mod progress;
pub mod reply;
pub mod say;
