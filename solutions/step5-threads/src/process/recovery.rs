//! Requeues jobs that no processor requeues: those of a process that stops, and those of a crashed
//! process.

use std::sync::Arc;
use std::sync::mpsc::Receiver;

use redis::{Commands, Script};
use tracing::warn;

use super::{Expired, Lease};
use crate::perform::malformed_entry;
use crate::wire::{Connections, RefusalLog, clock, keys};
use crate::{Error, Job};

/// A job that was in flight during this many crashes is considered their cause, a poison pill.
const MAX_CRASHES: usize = 3;

/// How long crash counts are kept after the last crash, in seconds: 72 hours.
const CRASH_COUNT_TTL: u64 = 72 * 3_600;

/// Requeues jobs in flight that do not belong to a processor any more.
#[derive(Clone)]
pub struct Recovery {
    connections: Arc<Connections>,
    identity: String,
    lease: Arc<Lease>,
}

impl Recovery {
    /// Creates the recovery of the process that has this lease.
    pub fn new(connections: Arc<Connections>, identity: &str, lease: Arc<Lease>) -> Recovery {
        Recovery {
            connections,
            identity: identity.to_owned(),
            lease,
        }
    }

    /// Recovers the jobs of the processes that it receives, until the thread that renews the lease
    /// has ended.
    pub fn run(&self, crashed: &Receiver<Expired>) {
        let mut refusals = RefusalLog::default();
        for (identity, end) in crashed.iter().filter(|_| self.lease.is_stable()).flatten() {
            // A process that cannot be recovered must not block the others.
            let recovered = self.recover(&identity, &end);
            refusals.record(&format!("recover the jobs of {identity}"), &recovered);
        }
    }

    /// Requeues all jobs that this process still holds at shutdown. `running` of them are still
    /// running, so they may run twice, which is better than never.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`]; then some jobs may have been requeued.
    pub fn requeue_all(&self, running: usize) -> Result<(), Error> {
        let lists = self.lists(&self.identity)?;
        let requeued = lists.iter().filter_map(|list| {
            let queue = keys::queue_of(list, &self.identity)?;
            Some(
                self.payloads(list)
                    .and_then(|payloads| self.requeue(list, queue, &payloads)),
            )
        });
        // A list that cannot be requeued must not block the others.
        let requeued = requeued.fold(Ok(()), Result::and);
        // Logged last, because this blocks if the log is a pipe that is not read any more.
        if running > 0 {
            warn!(jobs = running, "shutdown timeout: requeued running jobs");
        }
        requeued
    }

    /// Deletes the data of this process, which has released its lease. Does nothing if the process
    /// still holds a job.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`].
    pub fn forget_own(&self) -> Result<(), Error> {
        // The end of a lease that was released.
        self.forget(&self.identity, "0", &self.lists(&self.identity)?)
    }

    /// Requeues jobs of one list. The last one is fetched next. A repeated call takes effect only
    /// once.
    fn requeue(&self, list: &str, queue: &str, payloads: &[Vec<u8>]) -> Result<(), Error> {
        // Without a job to requeue, it does not matter if the queue is of another type.
        if payloads.is_empty() {
            return Ok(());
        }
        let script = Script::new(include_str!("scripts/requeue.lua"));
        let mut requeue = script.key((list, keys::queue(queue), keys::QUEUES));
        requeue.arg((queue, payloads));
        self.connections
            .with_connection(|connection| requeue.invoke(connection))
    }

    /// Requeues the jobs of a process whose lease expired at `end`, and deletes the data of the
    /// process.
    fn recover(&self, identity: &str, end: &str) -> Result<(), Error> {
        let lists = self.lists(identity)?;
        // All lists are tried, even if one fails.
        let recovered: Vec<_> = lists.iter().map(|list| self.recover_list(identity, list)).collect();
        let jobs: usize = recovered.iter().flatten().sum();
        if jobs > 0 {
            warn!(process = %identity, jobs, "recovered jobs of a dead process");
        }
        recovered.into_iter().collect::<Result<Vec<_>, _>>()?;
        self.forget(identity, end, &lists)
    }

    /// Recovers the jobs of one list. Returns the number of requeued jobs.
    fn recover_list(&self, identity: &str, list: &str) -> Result<usize, Error> {
        let Some(queue) = keys::queue_of(list, identity) else {
            return Ok(0);
        };
        let script = Script::new(include_str!("scripts/recover.lua"));
        let mut recovered = 0;
        for payload in &self.payloads(list)? {
            let entry = dead_entry(payload, queue);
            let mut recover = script.key((list, keys::queue(queue), keys::QUEUES, keys::LEASES));
            recover.key((keys::CRASHES, keys::DEAD, keys::counted(identity)));
            recover.arg((payload, queue, identity));
            recover.arg((clock::now(), CRASH_COUNT_TTL, MAX_CRASHES, &entry));
            let crashes: usize = self
                .connections
                .with_connection(|connection| recover.invoke(connection))?;
            if crashes >= MAX_CRASHES {
                let payload = String::from_utf8_lossy(payload);
                let decision = if entry.is_some() {
                    "moved to the dead set"
                } else {
                    "discarded"
                };
                warn!(%payload, "poison pill: {decision} after {MAX_CRASHES} crashes");
            } else {
                recovered += crashes.min(1);
            }
        }
        Ok(recovered)
    }

    fn forget(&self, identity: &str, end: &str, lists: &[String]) -> Result<(), Error> {
        let script = Script::new(include_str!("scripts/forget.lua"));
        let mut forget = script.key((keys::LEASES, keys::PROCESSES, keys::DEAD, keys::counted(identity)));
        forget.key((keys::state(identity), keys::lists(identity))).key(lists);
        forget.arg((identity, end));
        self.connections.with_connection(|connection| forget.invoke(connection))
    }

    /// Returns the in-flight lists of a process.
    fn lists(&self, identity: &str) -> Result<Vec<String>, Error> {
        let all: Vec<Vec<u8>> = self
            .connections
            .with_connection(|connection| connection.smembers(keys::lists(identity)))?;
        Ok(all
            .into_iter()
            .filter_map(|list| String::from_utf8(list).ok())
            .collect())
    }

    fn payloads(&self, list: &str) -> Result<Vec<Vec<u8>>, Error> {
        self.connections
            .with_connection(|connection| connection.lrange(list, 0, -1))
    }
}

/// Returns the dead-set entry of a poison pill, or `None` if the job must not be kept.
fn dead_entry(payload: &[u8], queue: &str) -> Option<Vec<u8>> {
    let Ok(mut job) = Job::parse(payload) else {
        return Some(malformed_entry(payload, queue, clock::now()));
    };
    if job.get("dead") == Some(false) {
        return None;
    }
    job.ensure_jid();
    job.set_value("queue", queue);
    job.set_value("error_class", "PoisonPill");
    job.set_value(
        "error_message",
        format!("{MAX_CRASHES} processes crashed while it was in flight"),
    );
    if job.raw("failed_at").is_none() {
        job.set_value("failed_at", clock::now());
    }
    Some(job.to_string().into_bytes())
}
