//! Looking at Redis from outside: what a queue holds, and what all processes have done.

mod queue;

pub use queue::Queue;
