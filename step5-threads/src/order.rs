//! Which queues are asked for a job, and in which order.

use crate::Error;

/// The greatest weight. More would say nothing that a smaller one does not.
const MAX_WEIGHT: u32 = 1_000;

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
        let mut order = Order {
            queues: Vec::new(),
            weighted: specs.iter().any(|spec| spec.as_ref().contains(',')),
        };
        for spec in specs.iter().map(AsRef::as_ref) {
            let bad = |reason| Error::BadQueue(spec.to_owned(), reason);
            let (name, weight) = spec.rsplit_once(',').unwrap_or((spec, "1"));
            let weight = weight
                .parse()
                .ok()
                .filter(|_| weight.bytes().all(|byte| byte.is_ascii_digit()));
            let Some(weight @ 1..=MAX_WEIGHT) = weight else {
                return Err(bad("a weight is a number from 1 to 1000"));
            };
            if name.is_empty() || name.contains(|c: char| c == ',' || c.is_control()) {
                return Err(bad("a name is not empty, and has no comma or control character"));
            }
            if order.names().contains(&name) {
                return Err(bad("this name is given twice"));
            }
            order.queues.push((name.to_owned(), weight));
        }
        Ok(if specs.is_empty() { Order::default() } else { order })
    }

    /// The queues, as they were given.
    pub fn names(&self) -> Vec<&str> {
        self.queues.iter().map(|(name, _)| name.as_str()).collect()
    }

    /// All queues, in the order in which they are to be asked this time. `random` gives numbers of at least 0 and below 1.
    pub fn draw(&self, mut random: impl FnMut() -> f64) -> Vec<&str> {
        if !self.weighted {
            return self.names();
        }
        // Each queue waits for a random time, exponentially distributed, the shorter the greater its weight. They come in the
        // order of a lottery in which each has as many tickets as its weight.
        let mut drawn: Vec<(f64, &str)> = Vec::new();
        for (name, weight) in &self.queues {
            drawn.push((-(1.0 - random()).ln() / f64::from(*weight), name));
        }
        drawn.sort_by(|(one, _), (other, _)| one.total_cmp(other));
        drawn.into_iter().map(|(_, name)| name).collect()
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
