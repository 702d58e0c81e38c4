//! A connection that is opened when it is needed, and dropped after any error, or when it is old.

use std::time::{Duration, Instant};

use redis::{Client, Connection, ConnectionAddr, IntoConnectionInfo, RedisResult};

/// How long to wait for Redis to accept a connection, and then for each reply. No command that is
/// sent here takes milliseconds.
const TIMEOUT: Duration = Duration::from_secs(2);

/// How long a connection is used. The address may lead to another server since then, after a
/// failover, and a server that has become a replica answers reads as before, though perhaps with
/// old data.
const MAX_AGE: Duration = Duration::from_secs(5);

/// A connection to Redis that reopens itself after an error, and from time to time.
pub struct ReconnectingConnection {
    client: Client,
    address: ConnectionAddr,
    /// The connection, and when it was opened.
    open: Option<(Connection, Instant)>,
}

impl ReconnectingConnection {
    /// Creates the connection without opening it.
    ///
    /// # Errors
    /// If `url` is not the URL of a Redis.
    pub fn new(url: &str) -> RedisResult<ReconnectingConnection> {
        let info = url.into_connection_info()?;
        // CLIENT SETINFO would only be noise among the commands that a learner watches with
        // MONITOR.
        let settings = info.redis_settings().clone().set_skip_set_lib_name();
        let address = info.addr().clone();
        let client = Client::open(info.set_redis_settings(settings))?;
        Ok(ReconnectingConnection {
            client,
            address,
            open: None,
        })
    }

    /// Returns the address that it connects to.
    pub fn address(&self) -> &ConnectionAddr {
        &self.address
    }

    /// Runs `work` on the connection. After a lost connection it runs `work` again, so `work` must
    /// only read.
    ///
    /// # Errors
    /// Returns the error of the second attempt, or of opening a connection.
    pub fn run<T>(&mut self, mut work: impl FnMut(&mut Connection) -> RedisResult<T>) -> RedisResult<T> {
        // The connection is kept only after a success: after a failed command, its late reply would
        // be taken for the reply to the next command.
        let open = self.open.take();
        if let Some((mut connection, since)) = open.filter(|(_, since)| since.elapsed() < MAX_AGE) {
            match work(&mut connection) {
                // Redis may have closed an idle connection long ago.
                Err(error) if error.is_io_error() && !error.is_timeout() => {}
                Err(error) => return Err(error),
                Ok(answer) => {
                    self.open = Some((connection, since));
                    return Ok(answer);
                }
            }
        }
        let mut connection = self.client.get_connection_with_timeout(TIMEOUT)?;
        connection.set_read_timeout(Some(TIMEOUT))?;
        connection.set_write_timeout(Some(TIMEOUT))?;
        let answer = work(&mut connection)?;
        self.open = Some((connection, Instant::now()));
        Ok(answer)
    }
}
