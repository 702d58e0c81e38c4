//! Requeues jobs that no processor requeues: those of a process that stops, and those of a crashed
//! process.

use std::sync::Arc;
use std::sync::mpsc::Receiver;

use redis::{Commands, Script};
use tracing::warn;

use super::{Expired, Lease};
use crate::Error;
use crate::wire::{Connections, RefusalLog, keys};

/// A job that was in flight during this many crashes is considered their cause, a poison pill.
const MAX_CRASHES: usize = 3;

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
        let mut held = Vec::new();
        for list in self.lists(&self.identity)? {
            let is_held = self.payloads(&list).is_ok_and(|payloads| !payloads.is_empty());
            held.extend(is_held.then_some(list));
        }
        if running > 0 || !held.is_empty() {
            todo!("task 5.4: requeue what {running} processors still hold in {held:?}, see docs/step5-acknowledge.md")
        }
        Ok(())
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

    /// Requeues the jobs of a process whose lease expired at `end`, and deletes the data of the
    /// process.
    fn recover(&self, identity: &str, end: &str) -> Result<(), Error> {
        let lists = self.lists(identity)?;
        self.look_for_poison(&lists)?;
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
        let payloads = self.payloads(list)?.len();
        todo!("task 5.5: {identity} crashed, requeue the {payloads} jobs in {list}, see docs/step5-crashes.md")
    }

    /// Fails if one of these lists contains a poison pill. Needed until task 5.6 is done.
    fn look_for_poison(&self, lists: &[String]) -> Result<(), Error> {
        for list in lists {
            for payload in self.payloads(list).unwrap_or_default() {
                let crashes: Option<String> = self
                    .connections
                    .with_connection(|connection| connection.hget(keys::CRASHES, &payload))?;
                let crashes = crashes.and_then(|crashes| crashes.parse().ok()).unwrap_or(0) + 1;
                if crashes >= MAX_CRASHES {
                    let payload = String::from_utf8_lossy(&payload);
                    todo!("task 5.6: {payload:.100} is a poison pill, see docs/step5-crashes.md")
                }
            }
        }
        Ok(())
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
