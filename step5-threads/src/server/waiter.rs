//! A thread that waits for the jobs of one queue, on behalf of a processor that has none.

use std::sync::Arc;
use std::time::Duration;

use redis::{Cmd, Connection, Direction, RedisResult};
use tracing::debug;

use super::{Call, IdleProcessors};
use crate::in_flight::UnitOfWork;
use crate::wire::{Connections, Dedicated, keys};
use crate::{Config, Error, Stop};

/// How much longer a waiter waits than Redis does: time for the reply to travel over a slow network.
const GRACE: Duration = Duration::from_secs(1);

const BEGIN_WAIT: &str = include_str!("../in_flight/scripts/begin_wait.lua");

/// Waits for the jobs of one queue: no command of Redis waits for several queues and also moves the job.
pub struct Waiter {
    config: Config,
    queue: Arc<str>,
    identity: String,
    connections: Arc<Connections>,
    /// Blocked in Redis most of the time.
    connection: Dedicated,
    idle: Arc<IdleProcessors>,
    stop: Stop,
    /// How to kill the connection from another one, even after it was lost.
    kill: Option<Cmd>,
    /// The processor for which a wait may have brought a job that the processor does not know of.
    undelivered: Option<usize>,
}

impl Waiter {
    /// Creates the waiter of the queue of this number.
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
            connection: Dedicated::new(connections.clone(), config.block + GRACE),
            config: config.clone(),
            identity: identity.to_owned(),
            connections,
            idle,
            stop,
            kill: None,
            undelivered: None,
        }
    }

    /// Waits while there are idle processors, until the server is to be quiet. Returns false if Redis may still serve a wait
    /// whose reply was lost.
    pub fn run(&mut self) -> bool {
        let mut next = 0;
        while !self.stop.is_quiet() {
            let asked = self.return_undelivered().and_then(|()| {
                let Some(processor) = self.idle.find(next) else {
                    return Ok(());
                };
                next = processor + 1;
                self.wait_for(processor)
            });
            if let Err(error) = asked {
                // A processor logs it when it asks, unless only the wait is refused, as by a Redis that is full.
                debug!("{error}");
                if let Some(processor) = self.undelivered {
                    self.idle.call(processor, Call::Fetch);
                }
                self.stop.wait(self.config.reconnect);
            }
        }
        self.return_undelivered().is_ok()
    }

    /// Waits for a job on behalf of an idle processor, up to [`Config::block`], and calls it.
    fn wait_for(&mut self, processor: usize) -> Result<(), Error> {
        self.undelivered = Some(processor);
        let (job, has_crashes) = self.wait(processor)?;
        let Some(job) = job else {
            self.undelivered = None;
            return Ok(());
        };
        // A suspect has to run alone: only a processor's own fetch can tell.
        let may_run = !has_crashes && !self.stop.is_quiet();
        if may_run && self.idle.call(processor, Call::Perform(Arc::new(job))) {
            self.undelivered = None;
            return Ok(());
        }
        self.return_undelivered()?;
        self.idle.call(processor, Call::Fetch);
        Ok(())
    }

    /// Waits for a job, which `BLMOVE` moves to the processor's list the moment that it comes. Also returns whether there are
    /// jobs that were in flight during a crash.
    fn wait(&mut self, processor: usize) -> Result<(Option<UnitOfWork>, bool), Error> {
        if !self.connection.is_open() {
            self.kill = self.connection.ask(kill_command)?;
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
        // By itself: a wait that began although this was refused could bring a job to a list that recovery does not know of.
        self.connection.ask(|connection| begin_wait.exec(connection))?;
        let (payload, crashes): (Option<Vec<u8>>, usize) = self.connection.ask(|connection| wait.query(connection))?;
        let job = payload.map(|payload| UnitOfWork {
            queue: self.queue.clone(),
            payload,
            by_waiter: true,
        });
        Ok((job, crashes > 0))
    }

    /// Puts back into the queue what a wait has brought and no processor knows of.
    fn return_undelivered(&mut self) -> Result<(), Error> {
        let Some(processor) = self.undelivered else {
            return Ok(());
        };
        // Redis may not know yet that the connection is lost, and serve the wait later.
        if let Some(kill) = self.kill.as_ref().filter(|_| !self.connection.is_open()) {
            match self.connections.run(|connection| kill.exec(connection)) {
                // A user of Redis who may not do this goes without.
                Ok(()) | Err(Error::Refused { .. }) => self.kill = None,
                Err(error) => return Err(error),
            }
        }
        let begin_wait = self.begin_wait(processor);
        self.connections.run(|connection| begin_wait.exec(connection))?;
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

/// Returns the command that kills a connection from another one, if this Redis says what the connection is called. A Redis that
/// was restarted gives the same numbers to others, so the address must be the same, too.
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
