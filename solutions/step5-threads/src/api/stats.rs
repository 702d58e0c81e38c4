//! How the whole fleet does, in numbers.

use redis::Commands;

use crate::Error;
use crate::wire::{Connections, keys};

/// What Sidekiq's pages show at their top. Made by [`Client::stats`](crate::Client::stats).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stats {
    /// How many jobs were performed, however they ended, since Redis began to count.
    pub processed: u64,
    /// How many of these failed.
    pub failed: u64,
    /// How many run now, as of each process's last heartbeat.
    pub busy: u64,
    /// How many wait in queues.
    pub enqueued: u64,
    /// How many wait to be tried again.
    pub retries: u64,
    /// How many wait for their time.
    pub scheduled: u64,
    /// How many are given up.
    pub dead: u64,
    /// How many processes live.
    pub processes: u64,
}

impl Stats {
    pub(crate) fn read(connections: &Connections) -> Result<Stats, Error> {
        connections.run(|connection| {
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
            let count = |place: usize| counts[place].unwrap_or_default();
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
