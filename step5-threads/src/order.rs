//! The queues of a server, and the order in which they are tried.

use crate::Error;

/// The largest weight. Ratios above 1,000 to 1 have no practical use.
const MAX_WEIGHT: u32 = 1_000;

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
        let mut order = Order {
            queues: Vec::new(),
            weighted: specs.iter().any(|spec| spec.as_ref().contains(',')),
        };
        for spec in specs.iter().map(AsRef::as_ref) {
            let invalid = |reason| Error::InvalidQueueSpec(spec.to_owned(), reason);
            let (name, weight) = spec.rsplit_once(',').unwrap_or((spec, "1"));
            let weight = weight
                .parse()
                .ok()
                .filter(|_| weight.bytes().all(|byte| byte.is_ascii_digit()));
            let Some(weight @ 1..=MAX_WEIGHT) = weight else {
                return Err(invalid("the weight must be a number from 1 to 1000"));
            };
            if name.is_empty() || name.contains(|c: char| c == ',' || c.is_control()) {
                return Err(invalid(
                    "the name must not be empty or contain a comma or a control character",
                ));
            }
            if order.names().contains(&name) {
                return Err(invalid("the name is given twice"));
            }
            order.queues.push((name.to_owned(), weight));
        }
        Ok(if specs.is_empty() { Order::default() } else { order })
    }

    /// Returns the names of the queues, in the given order.
    pub fn names(&self) -> Vec<&str> {
        self.queues.iter().map(|(name, _)| name.as_str()).collect()
    }

    /// Returns all queues in the order in which to try them this time. `random` must return numbers
    /// that are at least 0 and less than 1.
    pub fn shuffled(&self, mut random: impl FnMut() -> f64) -> Vec<&str> {
        if !self.weighted {
            return self.names();
        }
        // Each queue gets a random time, exponentially distributed with its weight as the rate, and
        // the earliest comes first. This is the order of a lottery in which each queue has as many
        // tickets as its weight.
        let mut shuffled: Vec<(f64, &str)> = Vec::new();
        for (name, weight) in &self.queues {
            shuffled.push((-(1.0 - random()).ln() / f64::from(*weight), name));
        }
        shuffled.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        shuffled.into_iter().map(|(_, name)| name).collect()
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
