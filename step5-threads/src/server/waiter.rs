//! A thread that waits for the jobs of one queue, on behalf of an idle processor.

use std::sync::Arc;
use std::time::Duration;

use redis::{Cmd, Connection, Direction, RedisResult};
use tracing::debug;

use super::{IdleProcessors, Wakeup};
use crate::in_flight::UnitOfWork;
use crate::wire::{Connections, DedicatedConnection, keys};
use crate::{Config, Error, Stop};

/// How much longer a waiter waits than Redis does, because the reply needs time on a slow network.
const GRACE: Duration = Duration::from_secs(1);

const BEGIN_WAIT: &str = include_str!("../in_flight/scripts/begin_wait.lua");

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
    stop: Stop,
    /// The command that kills the connection from another one, which works even after it was lost.
    kill: Option<Cmd>,
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
        stop: Stop,
    ) -> Waiter {
        Waiter {
            queue: config.queues.queues[queue].0.as_str().into(),
            connection: DedicatedConnection::new(connections.clone(), config.block + GRACE),
            config: config.clone(),
            identity: identity.to_owned(),
            connections,
            idle,
            stop,
            kill: None,
            undelivered: None,
        }
    }

    /// Waits for jobs while there are idle processors, until the server is quiet. Returns false if
    /// Redis may still serve a wait whose reply was lost.
    pub fn run(&mut self) -> bool {
        let mut next = 0;
        while !self.stop.is_quiet() {
            let result = self.return_undelivered().and_then(|()| {
                let Some(processor) = self.idle.find(next) else {
                    return Ok(());
                };
                next = processor + 1;
                self.wait_for(processor)
            });
            if let Err(error) = result {
                // An outage is logged by the processor, which is called below. A full Redis rejects
                // only the wait, so the processor fetches instead.
                debug!("{error}");
                if let Some(processor) = self.undelivered {
                    self.idle.wake(processor, Wakeup::Fetch);
                }
                self.stop.wait(self.config.reconnect);
            }
        }
        self.return_undelivered().is_ok()
    }

    /// Waits up to [`Config::block`] for a job on behalf of an idle processor, and calls the
    /// processor.
    fn wait_for(&mut self, processor: usize) -> Result<(), Error> {
        self.undelivered = Some(processor);
        let (job, has_crashes) = self.wait(processor)?;
        let Some(job) = job else {
            self.undelivered = None;
            return Ok(());
        };
        // A suspect must run alone, and only the processor's own fetch can check this.
        let may_run = !has_crashes && !self.stop.is_quiet();
        if may_run && self.idle.wake(processor, Wakeup::Perform(Arc::new(job))) {
            self.undelivered = None;
            return Ok(());
        }
        self.return_undelivered()?;
        self.idle.wake(processor, Wakeup::Fetch);
        Ok(())
    }

    /// Waits for a job, which `BLMOVE` moves to the processor's list as soon as it arrives. Also
    /// returns true if there are suspects, jobs that were in flight during a crash.
    fn wait(&mut self, processor: usize) -> Result<(Option<UnitOfWork>, bool), Error> {
        if !self.connection.is_open() {
            self.kill = self.connection.run(kill_command)?;
        }
        let list = keys::in_flight(&self.identity, &keys::waiter_for(processor), &self.queue);
        let (right, left) = (Direction::Right, Direction::Left);
        let (begin_wait, mut wait) = (self.begin_wait(processor), redis::pipe());
        wait.blmove(
            keys::queue(&self.queue),
            list,
            right,
            left,
            self.config.block.as_secs_f64(),
        );
        wait.hlen(keys::CRASHES);
        // A call of its own: if Redis rejected it but began the wait, the wait could move a job to
        // a list that recovery does not know.
        self.connection.run(|connection| begin_wait.exec(connection))?;
        let (payload, crashes): (Option<Vec<u8>>, usize) = self.connection.run(|connection| wait.query(connection))?;
        let job = payload.map(|payload| UnitOfWork {
            queue: self.queue.clone(),
            payload,
            by_waiter: true,
        });
        Ok((job, crashes > 0))
    }

    /// Requeues a job that a wait has fetched and that was not handed over.
    fn return_undelivered(&mut self) -> Result<(), Error> {
        let Some(processor) = self.undelivered else {
            return Ok(());
        };
        // Redis may not have noticed that the connection is lost, and could still serve the wait.
        if let Some(kill) = self.kill.as_ref().filter(|_| !self.connection.is_open()) {
            match self.connections.with_connection(|connection| kill.exec(connection)) {
                // The Redis user may not have the permission; then the connection is not killed.
                Ok(()) | Err(Error::Refused { .. }) => self.kill = None,
                Err(error) => return Err(error),
            }
        }
        let begin_wait = self.begin_wait(processor);
        self.connections
            .with_connection(|connection| begin_wait.exec(connection))?;
        self.undelivered = None;
        Ok(())
    }

    fn begin_wait(&self, processor: usize) -> Cmd {
        let (identity, queue) = (&self.identity, &self.queue);
        let list = keys::in_flight(identity, &keys::waiter_for(processor), queue);
        let mut begin = redis::cmd("EVAL");
        begin
            .arg((BEGIN_WAIT, 5, keys::LEASES, keys::lists(identity), list))
            .arg((keys::queue(queue), keys::QUEUES))
            .arg((identity, self.config.lease.as_secs_f64(), &**queue));
        begin
    }
}

/// Returns the command that kills this connection from another one, or `None` if Redis does not
/// return its id and address. The command needs both, because a restarted Redis gives the same ids
/// to other connections.
fn kill_command(connection: &mut Connection) -> RedisResult<Option<Cmd>> {
    let info: RedisResult<String> = redis::cmd("CLIENT").arg("INFO").query(connection);
    let info = match info {
        Err(error) if error.is_io_error() => return Err(error),
        info => info.unwrap_or_default(),
    };
    let field = |name| info.split_whitespace().find_map(|field| field.strip_prefix(name));
    let (Some(id), Some(address)) = (field("id="), field("addr=")) else {
        return Ok(None);
    };
    let mut kill = redis::cmd("CLIENT");
    kill.arg(("KILL", "ID", id, "ADDR", address));
    Ok(Some(kill))
}
