//! For monitoring: reads the state of the queues from Redis, without a server.

mod queue;
mod stats;

pub use queue::Queue;
pub use stats::Stats;
