//! Which queues are asked for a job, and in which order.

use crate::Error;

/// The queues of a server, as Sidekiq's `-q` says them.
///
/// Without weights the order is strict: as long as the first queue holds a job, no other is looked at. With weights it is
/// drawn anew for each job, and a queue of weight 3 comes first three times as often as one of weight 1. Either way *all*
/// queues are asked, so nobody is idle while a job waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Name and weight of each, in the order given.
    pub queues: Vec<(String, u32)>,
    /// Whether the weights count; else the order is strict.
    pub weighted: bool,
}

impl Order {
    /// Reads `NAME` or `NAME,WEIGHT`, one for each queue; of none, it is the default order. A name may hold anything but
    /// commas and control characters, a weight is 1 to 1,000. If one has a weight, the others count 1.
    ///
    /// # Errors
    /// [`Error::BadQueue`]: a name that is empty, comes twice or holds what it must not, or a weight that is none.
    pub fn parse(specs: &[impl AsRef<str>]) -> Result<Order, Error> {
        if specs.is_empty() {
            return Ok(Order::default());
        }
        let specs: Vec<&str> = specs.iter().map(AsRef::as_ref).collect();
        todo!("task 4.1: read the queues {specs:?}, see docs/step4-queues.md")
    }

    /// The queues, as they were given.
    pub fn names(&self) -> Vec<&str> {
        self.queues.iter().map(|(name, _)| name.as_str()).collect()
    }

    /// All queues, in the order in which they are to be asked this time. `random` gives numbers of at least 0 and below 1.
    pub fn draw(&self, mut random: impl FnMut() -> f64) -> Vec<&str> {
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
    /// The queue `default`, and no other.
    fn default() -> Order {
        Order {
            queues: vec![("default".to_owned(), 1)],
            weighted: false,
        }
    }
}
