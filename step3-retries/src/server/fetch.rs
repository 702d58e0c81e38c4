//! Fetches the next job, and waits if the queue is empty.

use std::time::Duration;

use redis::Connection;

use crate::wire::{Connections, keys};
use crate::{Config, Error};

/// How much longer the connection waits than Redis does, because the reply needs time on a slow
/// network.
const GRACE: Duration = Duration::from_secs(1);

/// Fetches jobs from the default queue, the oldest first.
///
/// It has its own connection, because a blocking command occupies a connection: on a shared one,
/// all other commands would have to wait.
pub struct Fetch {
    connections: Connections,
    connection: Option<Connection>,
    queue: String,
    block: Duration,
}

impl Fetch {
    /// Prepares to fetch, without connecting.
    ///
    /// # Errors
    /// [`Error::InvalidUrl`] if `config.redis` is not a Redis URL.
    pub fn new(config: &Config) -> Result<Fetch, Error> {
        let connections = Connections::new(&config.redis)?;
        Ok(Fetch {
            connections,
            connection: None,
            queue: keys::queue("default"),
            block: config.block,
        })
    }

    /// Returns the address of Redis, for messages.
    pub fn address(&self) -> String {
        self.connections.address()
    }

    /// Connects, unless it is connected.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`].
    pub fn connect(&mut self) -> Result<(), Error> {
        self.get_or_connect().map(|_| ())
    }

    /// Returns the next payload as it was pushed, or `None` if none arrived within
    /// [`Config::block`].
    ///
    /// The job is not in Redis any more: only this process has it.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`]. The next call opens a new connection. If
    /// Redis has popped a job and its reply was lost with the connection, the job is lost as well,
    /// and BRPOP cannot prevent this.
    pub fn retrieve(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let (queue, block) = (self.queue.clone(), self.block.as_secs_f64());
        let popped: Result<Option<(String, Vec<u8>)>, _> =
            redis::cmd("BRPOP").arg(queue).arg(block).query(self.get_or_connect()?);
        match popped {
            Ok(popped) => Ok(popped.map(|(_, payload)| payload)),
            Err(reason) => {
                self.connection = None;
                Err(self.connections.error(reason))
            }
        }
    }

    fn get_or_connect(&mut self) -> Result<&mut Connection, Error> {
        match &mut self.connection {
            Some(connection) => Ok(connection),
            none => Ok(none.insert(self.connections.open(self.block + GRACE)?)),
        }
    }
}
