//! The claims of one thread: which jobs it holds, and how Redis knows of it.

use std::sync::Arc;
use std::time::Duration;

use crate::wire::{Connections, keys};
use crate::{Config, Error, Order, Verdict};

/// A job that is out of its queue, and in flight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// The queue that it came from.
    pub queue: Arc<str>,
    /// The payload, as it was pushed.
    pub payload: Vec<u8>,
    /// Whether a wait has claimed it, and not a turn: then the list of the thread's [waits](keys::waits) holds it.
    pub waited: bool,
}

/// What has become of a job in flight.
#[derive(Debug)]
pub enum Fate {
    /// It was done.
    Done,
    /// It failed.
    Failed(Verdict),
    /// It was not begun: back to its queue, the next to be popped.
    Back,
    /// It still runs: it stays where it is.
    Running,
}

/// What a turn brought.
#[derive(Debug)]
pub struct Turn {
    /// The jobs that the thread holds now, in the order in which they are to be performed.
    pub jobs: Vec<Arc<Claimed>>,
    /// How many jobs must wait until another suspect of this process has ended. A wait would only bring them.
    pub suspects: usize,
    /// What Redis said of a queue that it cannot pop; the others could be asked.
    pub refused: Option<String>,
}

/// The claims of one thread.
pub struct Claims {
    connections: Arc<Connections>,
    identity: String,
    thread: String,
    queues: Order,
    lease: Duration,
}

impl Claims {
    /// The claims of the thread of this number, in the process `identity`; it holds nothing yet.
    pub fn new(config: &Config, connections: Arc<Connections>, identity: &str, thread: usize) -> Claims {
        Claims {
            connections,
            identity: identity.to_owned(),
            thread: thread.to_string(),
            queues: config.queues.clone(),
            lease: config.lease,
        }
    }

    /// Settles all that the thread holds, and claims up to `want` jobs. What is not in `fates` was done. A turn that Redis knows a
    /// later one of claims nothing.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`]; it may have happened or not. To call it again with the same `fates` is
    /// to do it once.
    pub fn turn(&mut self, fates: &[(Arc<Claimed>, Fate)], want: usize) -> Result<Turn, Error> {
        if !fates.is_empty() {
            let ended = fates.iter().map(|(job, _)| String::from_utf8_lossy(&job.payload));
            let ended = ended.collect::<Vec<_>>().join(", ");
            todo!("task 5.3: settle [{ended}], and what else is held, see docs/step5-threads.md");
        }
        let (redis, lease, queues) = (self.connections.address(), self.lease, self.queues.names());
        let holder = keys::in_flight(&self.identity, &self.thread);
        todo!("task 5.2: claim {want} jobs of {queues:?} in {redis} for {holder}, {lease:?}, see docs/step5-threads.md")
    }
}
