//! Taking the next job off the queue, and waiting for one if there is none.

use std::time::Duration;

use redis::Connection;

use crate::wire::{Connections, keys};
use crate::{Config, Error};

/// How much longer the connection waits than Redis does: time for the answer to travel over a slow network.
const GRACE: Duration = Duration::from_secs(1);

/// Takes jobs off the default queue, the oldest first.
///
/// It has a connection of its own: a blocking command occupies its connection, so one that is shared would stall
/// everybody else.
pub struct Fetch {
    connections: Connections,
    connection: Option<Connection>,
    queue: String,
    block: Duration,
}

impl Fetch {
    /// Prepares to fetch. Connects when it first must.
    ///
    /// # Errors
    /// [`Error::BadUrl`] if `config.redis` is no URL of a Redis.
    pub fn new(config: &Config) -> Result<Fetch, Error> {
        // BRPOP takes a wait of 0 as "for ever".
        let block = config.block.max(Duration::from_millis(1));
        let connections = Connections::new(&config.redis)?;
        Ok(Fetch {
            connections,
            connection: None,
            queue: keys::queue("default"),
            block,
        })
    }

    /// Where its Redis is, for messages.
    pub fn address(&self) -> String {
        self.connections.address()
    }

    /// Connects, if it is not connected.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`].
    pub fn connect(&mut self) -> Result<(), Error> {
        self.connected().map(|_| ())
    }

    /// The next payload, as it was pushed; or `None` if none came within [`Config::block`].
    ///
    /// Once it is returned, it is nowhere but in this process.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`]. The next call opens a new connection. Redis may have popped a job
    /// and its answer have been lost with the connection: that job is gone, and BRPOP can do nothing about it.
    pub fn retrieve(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let (queue, block) = (self.queue.clone(), self.block.as_secs_f64());
        let popped: Result<Option<(String, Vec<u8>)>, _> =
            redis::cmd("BRPOP").arg(queue).arg(block).query(self.connected()?);
        match popped {
            Ok(popped) => Ok(popped.map(|(_, payload)| payload)),
            Err(source) => {
                self.connection = None;
                Err(self.connections.error(source))
            }
        }
    }

    fn connected(&mut self) -> Result<&mut Connection, Error> {
        match &mut self.connection {
            Some(connection) => Ok(connection),
            none => Ok(none.insert(self.connections.open(self.block + GRACE)?)),
        }
    }
}
