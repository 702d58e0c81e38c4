//! Looking at Redis from outside: what a queue holds, and what all processes have done.

mod queue;
mod stats;

pub use queue::Queue;
pub use stats::Stats;
