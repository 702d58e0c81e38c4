//! Jobs in flight: a processor keeps its jobs in lists of its own, until it acknowledges them. The
//! protocol is described in `README.md` in this folder.

mod batch_size;
mod current_batch;
mod running;
pub(crate) mod sweeper;
mod unit_of_work;

use std::sync::Arc;
use std::time::Duration;

use redis::Script;

pub use self::batch_size::{BATCH_BUDGET, next_batch_size};
pub use self::current_batch::CurrentBatch;
pub use self::running::RunningJobs;
pub use self::unit_of_work::{Outcome, UnitOfWork};
use crate::wire::{Connections, clock, keys};
use crate::{Config, Error, Order};

/// How long the daily counters are kept, in seconds: five years, as in Sidekiq.
const DAY_COUNTER_TTL: u64 = 157_680_000;

/// The number of keys of a call that come before the keys of its queues.
const FIXED_KEYS: usize = 11;

/// The script of a call: the names of its keys and arguments, the two functions that its main part
/// calls, and the main part.
const ACKNOWLEDGE_AND_FETCH: &str = concat!(
    include_str!("scripts/keys.lua"),
    include_str!("scripts/fetch.lua"),
    include_str!("scripts/acknowledge.lua"),
    include_str!("scripts/acknowledge_and_fetch.lua"),
);

/// The result of a call.
#[derive(Debug, Default)]
pub struct Fetched {
    /// The jobs that the processor holds now, in the order in which it must perform them.
    pub jobs: Vec<Arc<UnitOfWork>>,
    /// The number of suspects (jobs that were in flight during a crash) that must wait until
    /// another suspect of this process has ended. A waiter would only fetch them again.
    pub suspects: usize,
    /// The error of a queue from which Redis cannot pop. The other queues were tried all the same.
    pub refused: Option<String>,
}

/// The reply to a call: the fetched jobs of each queue (by its index in the keys), the number of
/// waiting suspects, and an error. `None` stands for a reply without any of these.
type Reply = Option<(Vec<(usize, Vec<Vec<u8>>)>, usize, Option<String>)>;

/// The in-flight lists of one processor.
pub struct InFlight {
    connections: Arc<Connections>,
    script: Script,
    identity: String,
    processor: String,
    waiter: String,
    queues: Order,
    lease: Duration,
    /// The number of the last call that was answered. Redis stores it as well, so that a call can
    /// be repeated if its reply was lost.
    sequence: u64,
}

impl InFlight {
    /// Creates the in-flight lists of a processor in the process `identity`. Sends nothing to
    /// Redis.
    pub fn new(config: &Config, connections: Arc<Connections>, identity: &str, processor: usize) -> InFlight {
        InFlight {
            connections,
            script: Script::new(ACKNOWLEDGE_AND_FETCH),
            identity: identity.to_owned(),
            processor: processor.to_string(),
            waiter: keys::waiter_for(processor),
            queues: config.queues.clone(),
            lease: config.lease,
            sequence: 0,
        }
    }

    /// Acknowledges every job that the processor holds and fetches up to `want` new ones,
    /// atomically. A held job that is not in `outcomes` counts as succeeded. A late call, whose
    /// number Redis has already passed, fetches nothing.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`]. Redis may have executed the call or not.
    /// Repeat it with the same `outcomes`: it takes effect only once.
    pub fn acknowledge_and_fetch(
        &mut self,
        outcomes: &[(Arc<UnitOfWork>, Outcome)],
        want: usize,
    ) -> Result<Fetched, Error> {
        let (identity, now) = (&self.identity, clock::now());
        let order = self.queues.shuffled(rand::random);
        let mut call = self.script.prepare_invoke();
        call.key(&[keys::state(identity), keys::lists(identity)]);
        call.key(&[keys::LEASES, keys::CRASHES, keys::RETRY, keys::DEAD, keys::QUEUES]);
        for counter in [keys::PROCESSED, keys::FAILED] {
            call.key(counter).key(keys::daily_stat(counter, now));
        }
        for queue in &order {
            for holder in [&self.processor, &self.waiter] {
                call.key(keys::in_flight(identity, holder, queue));
            }
            call.key(keys::queue(queue));
        }
        call.arg((identity, &self.processor, self.sequence + 1, want));
        call.arg((self.lease.as_secs_f64(), DAY_COUNTER_TTL));
        for (job, outcome) in outcomes {
            let (name, new_payload, score) = outcome.arguments(now);
            let index = order.iter().position(|name| **name == *job.queue).unwrap_or_default();
            let index = FIXED_KEYS + 1 + 3 * index;
            call.arg((name, index, u8::from(job.by_waiter), &job.payload, new_payload, score));
        }
        let reply: Reply = self.connections.with_connection(|connection| call.invoke(connection))?;
        let (fetched, suspects, refused) = reply.unwrap_or_default();
        self.sequence += 1;
        let jobs = fetched.into_iter().flat_map(|(index, payloads)| {
            let queue: Arc<str> = order[(index - FIXED_KEYS - 1) / 3].into();
            payloads.into_iter().map(move |payload| {
                Arc::new(UnitOfWork {
                    queue: queue.clone(),
                    payload,
                    by_waiter: false,
                })
            })
        });
        Ok(Fetched {
            jobs: jobs.collect(),
            suspects,
            refused,
        })
    }
}
