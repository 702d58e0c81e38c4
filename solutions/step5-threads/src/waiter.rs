//! How a thread without work waits for some.

use std::sync::Arc;
use std::time::Duration;

use redis::{Connection, Direction, RedisResult};

use crate::claims::Claimed;
use crate::shared::Shared;
use crate::{Error, heartbeat, keys};

/// How much longer a thread waits than Redis does: time for the answer to travel over a slow network.
const GRACE: Duration = Duration::from_secs(1);

/// Waits for one queue at a time: no command of Redis both waits for several and claims.
pub struct Waiter {
    shared: Arc<Shared>,
    holder: String,
    connection: Option<Connection>,
}

impl Waiter {
    /// The waiter of the thread of this number.
    pub fn new(shared: Arc<Shared>, thread: usize) -> Waiter {
        Waiter {
            shared,
            holder: keys::waits(thread),
            connection: None,
        }
    }

    /// Waits for a job of this queue, up to [`Config::block`](crate::Config::block). The wait is a claim: `BLMOVE` moves the job
    /// to a list of the thread the moment that it comes. Also says how many jobs are suspects: what came may be one that
    /// has to run alone.
    ///
    /// A job that comes and is not performed, or whose answer is lost, goes back with the thread's next turn.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`].
    pub fn wait(&mut self, queue: &str) -> Result<(Option<Arc<Claimed>>, usize), Error> {
        let (shared, block) = (&self.shared, self.shared.config.block);
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => shared.connections.open(block + GRACE)?,
        };
        let list = keys::list(&shared.identity, &self.holder, queue);
        let (right, left) = (Direction::Right, Direction::Left);
        let mut wait = redis::pipe();
        // Whoever claims must have a lease, or nobody would look for what it holds.
        wait.add_command(heartbeat::renewal(shared)).ignore();
        wait.blmove(keys::queue(queue), list, right, left, block.as_secs_f64());
        wait.hlen(keys::RECOVERED);
        let answer: RedisResult<(Option<Vec<u8>>, usize)> = wait.query(&mut connection);
        let (payload, suspects) = answer.map_err(|source| shared.connections.error(source))?;
        self.connection = Some(connection);
        let (queue, waited) = (queue.into(), true);
        let job = payload.map(|payload| Arc::new(Claimed { queue, payload, waited }));
        Ok((job, suspects))
    }
}
