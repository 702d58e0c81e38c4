//! A connection that belongs to one thread.

use std::sync::Arc;
use std::time::Duration;

use redis::{Connection, RedisResult};

use super::Connections;
use super::connection::run_or_close;
use crate::Error;

/// A connection that belongs to one thread. It is opened at the first use, and again after it was
/// lost.
pub struct DedicatedConnection {
    connections: Arc<Connections>,
    read_timeout: Duration,
    connection: Option<Connection>,
}

impl DedicatedConnection {
    /// Creates a connection that waits for each reply for at most `read_timeout`. It is not open
    /// yet.
    pub fn new(connections: Arc<Connections>, read_timeout: Duration) -> DedicatedConnection {
        DedicatedConnection {
            connections,
            read_timeout,
            connection: None,
        }
    }

    /// Returns false before the first use, and after the connection was lost.
    pub fn is_open(&self) -> bool {
        self.connection.is_some()
    }

    /// Runs commands on the connection. It is closed if Redis is not available on it, as in
    /// [`Connections::with_connection`].
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`].
    pub fn run<T>(&mut self, commands: impl FnOnce(&mut Connection) -> RedisResult<T>) -> Result<T, Error> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connections.open(self.read_timeout)?,
        };
        let reply;
        (reply, self.connection) = run_or_close(connection, commands);
        reply.map_err(|reason| self.connections.error(reason))
    }
}
