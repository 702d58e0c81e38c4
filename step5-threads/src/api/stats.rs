//! Statistics of all processes together.

use redis::Commands;

use crate::Error;
use crate::wire::{Connections, keys};

/// The numbers at the top of Sidekiq's Web UI. Created by [`Client::stats`](crate::Client::stats).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stats {
    /// The number of performed jobs, successful or failed, since Redis began to count.
    pub processed: u64,
    /// The number of failed jobs among them.
    pub failed: u64,
    /// The number of running jobs, as of the last heartbeat of each process.
    pub busy: u64,
    /// The number of jobs in all queues.
    pub enqueued: u64,
    /// The number of failed jobs that wait for a retry.
    pub retries: u64,
    /// The number of jobs that wait for their scheduled time.
    pub scheduled: u64,
    /// The number of jobs in the dead set.
    pub dead: u64,
    /// The number of live processes.
    pub processes: u64,
}

impl Stats {
    pub(crate) fn read(connections: &Connections) -> Result<Stats, Error> {
        connections.with_connection(|connection| {
            let queues: Vec<String> = connection.smembers(keys::QUEUES)?;
            let processes: Vec<String> = connection.smembers(keys::PROCESSES)?;
            let mut pipe = redis::pipe();
            pipe.get(keys::PROCESSED).get(keys::FAILED);
            pipe.zcard(keys::RETRY).zcard(keys::SCHEDULE).zcard(keys::DEAD);
            for queue in &queues {
                pipe.llen(keys::queue(queue));
            }
            for process in &processes {
                pipe.hget(process, "busy");
            }
            let counts: Vec<Option<u64>> = pipe.query(connection)?;
            let count = |index: usize| counts[index].unwrap_or_default();
            let (queues, busy) = counts[5..].split_at(queues.len());
            Ok(Stats {
                processed: count(0),
                failed: count(1),
                retries: count(2),
                scheduled: count(3),
                dead: count(4),
                enqueued: queues.iter().flatten().sum(),
                busy: busy.iter().flatten().sum(),
                processes: processes.len() as u64,
            })
        })
    }
}
