//! The queues of a server, and the order in which they are tried.

use crate::Error;

/// The queues of a server, like Sidekiq's option `-q`.
///
/// Without weights the order is strict: a queue is tried only if all queues before it are empty.
/// With weights the order is random for each fetch, and a queue of weight 3 comes first three times
/// as often as one of weight 1. In both cases *all* queues are tried, so a server never waits while
/// one of its queues has a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The name and the weight of each queue, in the given order.
    pub queues: Vec<(String, u32)>,
    /// True if the weights count; otherwise the order is strict.
    pub weighted: bool,
}

impl Order {
    /// Parses `NAME` or `NAME,WEIGHT` for each queue. An empty list is the default order. A name
    /// may contain anything except commas and control characters, and a weight is a number from 1
    /// to 1,000. If any queue has a weight, a queue without one has weight 1.
    ///
    /// # Errors
    /// [`Error::InvalidQueueSpec`] if a name is empty, occurs twice or contains a forbidden
    /// character, or if a weight is invalid.
    pub fn parse(specs: &[impl AsRef<str>]) -> Result<Order, Error> {
        if specs.is_empty() {
            return Ok(Order::default());
        }
        let specs: Vec<&str> = specs.iter().map(AsRef::as_ref).collect();
        todo!("task 4.1: read the queues {specs:?}, see docs/step4-queues.md")
    }

    /// Returns the names of the queues, in the given order.
    pub fn names(&self) -> Vec<&str> {
        self.queues.iter().map(|(name, _)| name.as_str()).collect()
    }

    /// Returns all queues in the order in which to try them this time. `random` must return numbers
    /// that are at least 0 and less than 1.
    pub fn shuffled(&self, mut random: impl FnMut() -> f64) -> Vec<&str> {
        if self.queues.len() > 1 {
            todo!(
                "task 4.2: put {:?} in order, weighted: {}, by numbers such as {}, see docs/step4-queues.md",
                self.queues,
                self.weighted,
                random()
            )
        }
        self.names()
    }
}

impl Default for Order {
    /// Returns the order with only the queue `default`.
    fn default() -> Order {
        Order {
            queues: vec![("default".to_owned(), 1)],
            weighted: false,
        }
    }
}
