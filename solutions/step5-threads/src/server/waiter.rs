//! A thread that waits for the jobs of one queue, on behalf of an idle processor.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use redis::Direction;

use super::{IdleProcessors, Kill, Wakeup};
use crate::in_flight::UnitOfWork;
use crate::process::Lease;
use crate::wire::{Connections, DedicatedConnection, RefusalLog, keys};
use crate::{Config, Error, Stop};

/// How much longer a waiter waits than Redis does, because the reply needs time on a slow network.
const GRACE: Duration = Duration::from_secs(1);

/// The maximum duration of a wait that cannot be ended from another connection. It is short, so
/// that an idle process stops soon.
const UNKILLABLE_WAIT: Duration = Duration::from_millis(500);

const BEGIN_WAIT: &str = include_str!("../in_flight/scripts/begin_wait.lua");
const MAY_RUN: &str = include_str!("../in_flight/scripts/may_run.lua");

/// Waits for the jobs of one queue. Each queue has its own waiter, because Redis has no command
/// that waits for several queues and also moves the job.
pub struct Waiter {
    config: Config,
    queue: Arc<str>,
    identity: String,
    connections: Arc<Connections>,
    /// It is blocked in Redis most of the time, so it cannot be shared.
    connection: DedicatedConnection,
    idle: Arc<IdleProcessors>,
    lease: Arc<Lease>,
    stop: Stop,
    kill: Kill,
    /// The processors whose lists are in the set of this process's in-flight lists, and when they
    /// were added. They stay there as long as the process holds its lease.
    known: HashMap<usize, Instant>,
    /// The processor for which a wait may have fetched a job that was not handed over.
    undelivered: Option<usize>,
}

impl Waiter {
    /// Creates the waiter of the queue with this index.
    pub fn new(
        config: &Config,
        queue: usize,
        identity: &str,
        connections: Arc<Connections>,
        idle: Arc<IdleProcessors>,
        lease: Arc<Lease>,
        stop: Stop,
    ) -> Waiter {
        Waiter {
            queue: config.queues.queues[queue].0.as_str().into(),
            connection: DedicatedConnection::new(connections.clone(), config.block + GRACE),
            config: config.clone(),
            identity: identity.to_owned(),
            connections,
            idle,
            lease,
            stop,
            kill: Kill::default(),
            known: HashMap::new(),
            undelivered: None,
        }
    }

    /// Returns the handle with which another thread ends a wait.
    pub fn kill(&self) -> Kill {
        self.kill.clone()
    }

    /// Waits for jobs while there are idle processors, until the server is quiet. Returns false if
    /// Redis may still serve a wait whose reply was lost.
    pub fn run(&mut self) -> bool {
        let (mut next, mut refusals) = (0, RefusalLog::default());
        let task = format!("wait for the jobs of the queue {}", self.queue);
        while !self.stop.is_quiet() {
            let result = self.return_undelivered().and_then(|()| {
                let Some(processor) = self.idle.find(next) else {
                    return Ok(());
                };
                next = processor + 1;
                self.wait_for(processor)
            });
            // The processor, which is woken below, logs a queue that is not a list. It also logs an
            // outage, which the refusals leave out.
            let is_broken = |error: &Error| error.to_string().contains("WRONGTYPE");
            if !result.as_ref().is_err_and(is_broken) {
                refusals.record(&task, &result);
            }
            if result.is_err() {
                // Redis may have lost its data.
                self.known.clear();
                // A full Redis rejects only the wait, so the processor fetches instead.
                if let Some(processor) = self.undelivered {
                    self.idle.wake(processor, Wakeup::Fetch);
                }
                self.stop.wait(self.config.reconnect);
            }
        }
        // A quiet process may go on for minutes before it stops.
        while self.return_undelivered().is_err() {
            if self.stop.wait(self.config.reconnect) {
                return false;
            }
        }
        true
    }

    /// Waits up to [`Config::block`] for a job on behalf of an idle processor, and wakes the
    /// processor.
    fn wait_for(&mut self, processor: usize) -> Result<(), Error> {
        self.undelivered = Some(processor);
        let (job, may_run) = self.wait(processor)?;
        let Some(job) = job else {
            self.undelivered = None;
            return Ok(());
        };
        if may_run && !self.stop.is_quiet() && self.idle.wake(processor, Wakeup::Perform(Arc::new(job))) {
            self.undelivered = None;
            return Ok(());
        }
        self.return_undelivered()?;
        self.idle.wake(processor, Wakeup::Fetch);
        Ok(())
    }

    /// Waits for a job, which `BLMOVE` moves to the processor's list as soon as it arrives. Also
    /// returns whether the job may run at once.
    fn wait(&mut self, processor: usize) -> Result<(Option<UnitOfWork>, bool), Error> {
        if !self.connection.is_open() {
            self.connection.run(|connection| self.kill.aim_at(connection))?;
        }
        // Checked only now, because a stop request may have come before there was a connection to
        // kill.
        if self.stop.is_quiet() {
            return Ok((None, false));
        }
        let can_be_ended = self.kill.is_possible();
        let block = if can_be_ended {
            self.config.block
        } else {
            self.config.block.min(UNKILLABLE_WAIT)
        };
        let list = keys::in_flight(&self.identity, &keys::waiter_for(processor), &self.queue);
        let (right, left) = (Direction::Right, Direction::Left);
        let mut wait = redis::pipe();
        wait.blmove(keys::queue(&self.queue), &list, right, left, block.as_secs_f64());
        wait.hlen(keys::CRASHES).sismember(keys::lists(&self.identity), &list);
        // Not in the pipeline: if Redis rejected the script there and began the wait, the wait
        // could move a job to a list that recovery does not know.
        let known = self.known.get(&processor);
        if !known.is_some_and(|&since| self.lease.is_held_since(since)) {
            self.begin_wait(processor)?;
        }
        type Reply = (Option<Vec<u8>>, usize, bool);
        let (payload, crashes, is_known): Reply = self.connection.run(|connection| wait.query(connection))?;
        // Redis has lost its data, or this process was suspended before it sent the wait, and
        // another process has recovered it.
        if !is_known {
            self.known.clear();
        }
        let may_run = match &payload {
            Some(payload) if is_known && crashes > 0 => self.may_run(processor, payload)?,
            _ => is_known,
        };
        let job = payload.map(|payload| UnitOfWork {
            queue: self.queue.clone(),
            payload,
            by_waiter: true,
        });
        Ok((job, may_run))
    }

    /// Returns false if the job is a suspect that must wait until another one has ended.
    fn may_run(&self, processor: usize, payload: &[u8]) -> Result<bool, Error> {
        let mut check = redis::cmd("EVAL");
        check
            .arg((MAY_RUN, 2, keys::CRASHES, keys::state(&self.identity)))
            .arg((payload, processor));
        self.connections.with_connection(|connection| check.query(connection))
    }

    /// Requeues a job that a wait has fetched and that was not handed over.
    fn return_undelivered(&mut self) -> Result<(), Error> {
        let Some(processor) = self.undelivered else {
            return Ok(());
        };
        // Redis may not have noticed that the connection is lost, and could still serve the wait.
        if !self.connection.is_open() {
            self.kill.run(&self.connections)?;
        }
        self.begin_wait(processor)?;
        self.undelivered = None;
        Ok(())
    }

    /// Prepares the list of the waits for this processor, and requeues the jobs that it still
    /// holds.
    fn begin_wait(&mut self, processor: usize) -> Result<(), Error> {
        let (identity, queue) = (&self.identity, &self.queue);
        let list = keys::in_flight(identity, &keys::waiter_for(processor), queue);
        let mut begin = redis::cmd("EVAL");
        begin
            .arg((BEGIN_WAIT, 5, keys::LEASES, keys::lists(identity), list))
            .arg((keys::queue(queue), keys::QUEUES))
            .arg((identity, self.config.lease.as_secs_f64(), &**queue));
        let sent_at = Instant::now();
        self.connections.with_connection(|connection| begin.exec(connection))?;
        self.known.insert(processor, sent_at);
        Ok(())
    }
}
