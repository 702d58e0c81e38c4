//! The claims of one thread: which jobs it holds, and how Redis knows of it.

use std::sync::Arc;
use std::time::Duration;

use redis::Script;

use crate::wire::{Connections, clock, keys};
use crate::{Config, Error, Order, Verdict};

/// How long the counters of a day are kept, in seconds: five years, as Sidekiq does.
const KEEP: u64 = 157_680_000;

/// How many keys of a turn come before those of its queues.
const FIRST: usize = 12;

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

/// The answer to a turn: whether it changed anything, for each queue (its place in the keys) what was claimed, how many
/// suspects wait for another, and an error.
type Answer = (u64, Vec<(usize, Vec<Vec<u8>>)>, usize, Option<String>);

/// The claims of one thread.
pub struct Claims {
    connections: Arc<Connections>,
    script: Script,
    identity: String,
    thread: String,
    waits: String,
    queues: Order,
    lease: Duration,
    /// The number of the batch at hand. Redis knows it, too, so that a turn whose answer is lost can be repeated.
    batch: u64,
}

impl Claims {
    /// The claims of the thread of this number, in the process `identity`; it holds nothing yet.
    pub fn new(config: &Config, connections: Arc<Connections>, identity: &str, thread: usize) -> Claims {
        Claims {
            connections,
            script: Script::new(include_str!("turn.lua")),
            identity: identity.to_owned(),
            thread: thread.to_string(),
            waits: keys::waits(thread),
            queues: config.queues.clone(),
            lease: config.lease,
            batch: 0,
        }
    }

    /// Settles all that the thread holds, and claims up to `want` jobs. What is not in `fates` was done. A turn that Redis knows a
    /// later one of claims nothing.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`]; it may have happened or not. To call it again with the same `fates` is
    /// to do it once.
    pub fn turn(&mut self, fates: &[(Arc<Claimed>, Fate)], want: usize) -> Result<Turn, Error> {
        let (identity, now) = (&self.identity, clock::now());
        let order = self.queues.draw(rand::random);
        let mut call = self.script.prepare_invoke();
        call.key(keys::in_flight(identity, &self.thread));
        call.key(keys::in_flight(identity, "suspect"));
        call.key(&[keys::LEASES, keys::RECOVERED, keys::RETRY, keys::DEAD, keys::QUEUES]);
        for counter in [keys::PROCESSED, keys::FAILED] {
            call.key(counter).key(keys::of_day(counter, now));
        }
        for queue in &order {
            for holder in [&self.thread, &self.waits] {
                call.key(keys::list(identity, holder, queue));
            }
            call.key(keys::queue(queue));
        }
        call.arg((identity, &self.thread, self.batch + 1, want));
        call.arg((self.lease.as_secs_f64(), KEEP));
        for (job, fate) in fates {
            let (word, kept, score): (_, &[u8], _) = match fate {
                Fate::Done => ("done", &[], 0.0),
                Fate::Back => ("back", &[], 0.0),
                Fate::Running => ("running", &[], 0.0),
                Fate::Failed(Verdict::Retry { payload, at }) => ("retry", payload, *at),
                Fate::Failed(Verdict::Dead(payload)) => ("dead", payload, now),
                Fate::Failed(Verdict::Dropped) => ("dropped", &[], 0.0),
            };
            let place = order.iter().position(|name| **name == *job.queue).unwrap_or_default();
            call.arg((word, FIRST + 3 * place, u8::from(job.waited), &job.payload, kept, score));
        }
        let answer: Answer = self.connections.run(|connection| call.invoke(connection))?;
        let (changed, claimed, suspects, refused) = answer;
        self.batch += changed;
        let mut jobs = Vec::new();
        for (place, payloads) in claimed {
            let queue: Arc<str> = order[(place - FIRST) / 3].into();
            jobs.extend(payloads.into_iter().map(|payload| {
                let queue = queue.clone();
                Arc::new(Claimed {
                    queue,
                    payload,
                    waited: false,
                })
            }));
        }
        Ok(Turn {
            jobs,
            suspects,
            refused,
        })
    }
}
