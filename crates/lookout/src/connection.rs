//! A connection that is opened when it is needed, and thrown away when anything went wrong on it.

use std::time::Duration;

use redis::{Client, Connection, ConnectionAddr, IntoConnectionInfo, RedisResult};

/// How long to wait for Redis to accept a connection, and then for each answer. Nothing asked here takes milliseconds.
const TIMEOUT: Duration = Duration::from_secs(2);

/// One connection after the other.
pub struct Reopened {
    client: Client,
    address: ConnectionAddr,
    open: Option<Connection>,
}

impl Reopened {
    /// Connects to nothing yet.
    ///
    /// # Errors
    /// If `url` is no URL of a Redis.
    pub fn new(url: &str) -> RedisResult<Reopened> {
        let info = url.into_connection_info()?;
        // CLIENT SETINFO would only be noise among the commands that a learner watches with MONITOR.
        let settings = info.redis_settings().clone().set_skip_set_lib_name();
        let address = info.addr().clone();
        let client = Client::open(info.set_redis_settings(settings))?;
        Ok(Reopened {
            client,
            address,
            open: None,
        })
    }

    /// Where it connects to.
    pub fn address(&self) -> &ConnectionAddr {
        &self.address
    }

    /// Does `work` on the connection. It may do it a second time: it must only read.
    ///
    /// # Errors
    /// What the second attempt, or opening a connection, ended with.
    pub fn run<T>(&mut self, mut work: impl FnMut(&mut Connection) -> RedisResult<T>) -> RedisResult<T> {
        // Taken out, and put back only if all went well: the late answer to a command that failed would be taken for
        // the answer to the next.
        if let Some(mut connection) = self.open.take() {
            match work(&mut connection) {
                // Redis may have closed it long ago, while nobody looked.
                Err(error) if error.is_io_error() && !error.is_timeout() => {}
                Err(error) => return Err(error),
                Ok(answer) => {
                    self.open = Some(connection);
                    return Ok(answer);
                }
            }
        }
        let mut connection = self.client.get_connection_with_timeout(TIMEOUT)?;
        connection.set_read_timeout(Some(TIMEOUT))?;
        connection.set_write_timeout(Some(TIMEOUT))?;
        let answer = work(&mut connection)?;
        self.open = Some(connection);
        Ok(answer)
    }
}
