//! For monitoring: reads the state of the queues from Redis, without a server.

mod queue;

pub use queue::Queue;
