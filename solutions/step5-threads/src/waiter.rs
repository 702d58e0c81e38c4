//! A connection that waits for one queue while some thread has nothing to do.

use std::sync::Arc;
use std::time::Duration;

use redis::{Commands, Connection, Direction};
use tracing::debug;

use crate::claims::Claimed;
use crate::shared::Shared;
use crate::{Error, keys, recovery};

/// How much longer the connection waits than Redis does: time for the answer to travel over a slow network.
const GRACE: Duration = Duration::from_secs(1);

/// Waits for one queue. The wait is a claim: `BLMOVE` moves the job to a list of this process the moment that it comes.
pub struct Waiter {
    shared: Arc<Shared>,
    queue: Arc<str>,
    list: String,
    connection: Option<Connection>,
}

impl Waiter {
    /// A waiter for this queue.
    pub fn new(shared: Arc<Shared>, queue: &str) -> Waiter {
        Waiter {
            list: keys::list(&shared.identity, keys::WAIT, queue),
            queue: queue.into(),
            shared,
            connection: None,
        }
    }

    /// Waits for job after job, until the server is to be quiet.
    pub fn run(&mut self) {
        while !self.shared.stop.is_quiet() {
            if !self.shared.idle.needs_work(self.shared.config.block) {
                continue;
            }
            if let Err(error) = self.wait() {
                // The threads tell of it.
                debug!("{error}");
                self.connection = None;
                self.shared.stop.wait(self.shared.config.reconnect);
            }
        }
    }

    /// Waits for a job, and hands it over: to a thread, or back if meanwhile none is idle.
    fn wait(&mut self) -> Result<(), Error> {
        let block = self.shared.config.block;
        if self.connection.is_none() {
            let connection = self.shared.connections.open(block + GRACE)?;
            self.give_back_lost()?;
            self.connection = Some(connection);
        }
        let Some(connection) = &mut self.connection else {
            return Ok(());
        };
        let (source, seconds) = (keys::queue(&self.queue), block.as_secs_f64());
        let answer = connection.blmove(source, &self.list, Direction::Right, Direction::Left, seconds);
        let payload: Option<Vec<u8>> = answer.map_err(|source| self.shared.connections.error(source))?;
        let Some(payload) = payload else {
            return Ok(());
        };
        let (queue, waited) = (self.queue.clone(), true);
        let job = Arc::new(Claimed { queue, payload, waited });
        if self.shared.idle.offer(&job) {
            return Ok(());
        }
        self.give_back([&job.payload])
    }

    /// Gives back what this list holds and nobody was handed: the answer was lost, and the job was in it.
    fn give_back_lost(&self) -> Result<(), Error> {
        let held = |connection: &mut Connection| connection.lrange(&self.list, 0, -1);
        let mut lost: Vec<Vec<u8>> = self.shared.connections.run(held)?;
        for payload in self.shared.idle.unsettled(&self.queue) {
            if let Some(at) = lost.iter().position(|held| *held == payload) {
                lost.remove(at);
            }
        }
        self.give_back(&lost)
    }

    fn give_back<'a>(&self, payloads: impl IntoIterator<Item = &'a Vec<u8>>) -> Result<(), Error> {
        let jobs = payloads
            .into_iter()
            .map(|payload| (self.list.clone(), &*self.queue, payload));
        recovery::give_back(&self.shared, jobs)
    }
}
