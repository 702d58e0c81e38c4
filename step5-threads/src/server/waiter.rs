//! How a thread without work waits for some.

use std::sync::Arc;
use std::time::Duration;

use redis::{Cmd, Connection, Direction, RedisError, RedisResult};

use crate::Error;
use crate::in_flight::Claimed;
use crate::process::heartbeat;
use crate::server::Shared;
use crate::wire::keys;

/// How much longer a thread waits than Redis does: time for the answer to travel over a slow network.
const GRACE: Duration = Duration::from_secs(1);

/// Waits for one queue at a time: no command of Redis both waits for several and claims.
pub struct Waiter {
    shared: Arc<Shared>,
    holder: String,
    connection: Option<Connection>,
    /// How to kill the connection from another, even when we have lost it.
    kill: Option<Cmd>,
}

impl Waiter {
    /// The waiter of the thread of this number.
    pub fn new(shared: Arc<Shared>, thread: usize) -> Waiter {
        Waiter {
            shared,
            holder: keys::waits(thread),
            connection: None,
            kill: None,
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
            None => {
                let mut connection = shared.connections.open(block + GRACE)?;
                self.kill = how_to_kill(&mut connection).map_err(|source| shared.connections.error(source))?;
                connection
            }
        };
        let list = keys::list(&shared.identity, &self.holder, queue);
        let (right, left) = (Direction::Right, Direction::Left);
        let mut wait = redis::pipe();
        // Whoever claims must have a lease, or nobody would look for what it holds.
        wait.add_command(heartbeat::renewal(shared)).ignore();
        wait.blmove(keys::queue(queue), list, right, left, block.as_secs_f64());
        wait.hlen(keys::RECOVERED);
        let answer: RedisResult<(Option<Vec<u8>>, usize)> = wait.query(&mut connection);
        if !answer.as_ref().is_err_and(RedisError::is_io_error) {
            self.connection = Some(connection);
        }
        let (payload, suspects) = answer.map_err(|source| shared.connections.error(source))?;
        let (queue, waited) = (queue.into(), true);
        let job = payload.map(|payload| Arc::new(Claimed { queue, payload, waited }));
        Ok((job, suspects))
    }

    /// Ends a wait whose answer was lost: Redis may not know yet that nobody listens, and move a job still. The turn that is to find
    /// that job must come later.
    ///
    /// # Errors
    /// [`Error::Unreachable`]; then it is to be tried again.
    pub fn end_lost(&mut self) -> Result<(), Error> {
        let lost = self.connection.is_none();
        if let Some(kill) = self.kill.as_ref().filter(|_| lost) {
            match self.shared.connections.run(|connection| kill.exec(connection)) {
                // A user of Redis who may not do this goes without.
                Ok(()) | Err(Error::Refused { .. }) => self.kill = None,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// How to kill a connection from another, if this Redis tells its name. One that was restarted gives the same numbers to others:
/// the address must be the same, too.
fn how_to_kill(connection: &mut Connection) -> RedisResult<Option<Cmd>> {
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
