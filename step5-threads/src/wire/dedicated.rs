//! A connection that one thread keeps for itself.

use std::sync::Arc;
use std::time::Duration;

use redis::{Connection, RedisError, RedisResult};

use super::Connections;
use crate::Error;

/// A connection of one thread: opened when it is first used, and again after it was lost.
pub struct Dedicated {
    connections: Arc<Connections>,
    read_timeout: Duration,
    connection: Option<Connection>,
}

impl Dedicated {
    /// Creates one that waits for each reply for `read_timeout` at most. It is not open yet.
    pub fn new(connections: Arc<Connections>, read_timeout: Duration) -> Dedicated {
        Dedicated {
            connections,
            read_timeout,
            connection: None,
        }
    }

    /// Returns false before the first use, and after the connection was lost.
    pub fn is_open(&self) -> bool {
        self.connection.is_some()
    }

    /// Runs commands on the connection. One that failed is closed, never used again: a late reply to one command must not be
    /// lost with the next.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`].
    pub fn ask<T>(&mut self, commands: impl FnOnce(&mut Connection) -> RedisResult<T>) -> Result<T, Error> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connections.open(self.read_timeout)?,
        };
        let reply = commands(&mut connection);
        if !reply.as_ref().is_err_and(RedisError::is_io_error) {
            self.connection = Some(connection);
        }
        reply.map_err(|source| self.connections.error(source))
    }
}
