//! A pool of connections to Redis.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use redis::{Connection, ConnectionInfo, IntoConnectionInfo};

use crate::Error;

/// How long to wait for a connection. On the same network, it takes milliseconds.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// How long to wait for a reply. None of these commands blocks, so only a stalled network or a
/// stalled Redis takes this long.
const READ_TIMEOUT: Duration = Duration::from_secs(5);

/// A pool of connections to one Redis.
pub struct Connections {
    info: ConnectionInfo,
    idle: Mutex<Vec<Connection>>,
}

impl Connections {
    /// Creates a pool for the Redis at `url`, without connecting.
    ///
    /// # Errors
    /// [`Error::InvalidUrl`] if this is not a Redis URL.
    pub fn new(url: &str) -> Result<Connections, Error> {
        let info = url.into_connection_info().map_err(|reason| Error::InvalidUrl {
            url: without_password(url),
            reason,
        })?;
        // Without CLIENT SETINFO, a learner who watches with MONITOR sees only the relevant
        // commands.
        let settings = info.redis_settings().clone().set_skip_set_lib_name();
        Ok(Connections {
            info: info.set_redis_settings(settings),
            idle: Mutex::default(),
        })
    }

    /// Returns host and port, or the path of the Unix socket. It has no password, so messages may
    /// contain it.
    pub fn address(&self) -> String {
        self.info.addr().to_string()
    }

    /// Runs commands on an idle connection or a new one.
    ///
    /// A connection that failed is never used again, because its late reply would be taken for the
    /// reply to the next command. If it had been idle, Redis may have closed it long ago (after a
    /// restart, or because of its setting `timeout`), so the commands are run once more on a new
    /// connection. If Redis crashed after it had executed them and before it replied, they are
    /// executed twice: for jobs this is better than never, and Sidekiq does the same.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`].
    pub fn with_connection<T>(&self, commands: impl Fn(&mut Connection) -> redis::RedisResult<T>) -> Result<T, Error> {
        if let Some(mut connection) = self.take_idle() {
            match commands(&mut connection) {
                Err(error) if error.is_io_error() => {}
                reply => return self.return_to_pool(connection, reply),
            }
        }
        let mut connection = self.open(READ_TIMEOUT)?;
        let reply = commands(&mut connection);
        self.return_to_pool(connection, reply)
    }

    /// Opens a new connection for the caller alone. It waits for a reply for at most
    /// `read_timeout`.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`].
    pub fn open(&self, read_timeout: Duration) -> Result<Connection, Error> {
        let open = || {
            let client = redis::Client::open(self.info.clone())?;
            let connection = client.get_connection_with_timeout(CONNECT_TIMEOUT)?;
            connection.set_read_timeout(Some(read_timeout))?;
            connection.set_write_timeout(Some(read_timeout))?;
            Ok(connection)
        };
        open().map_err(|reason| self.error(reason))
    }

    fn take_idle(&self) -> Option<Connection> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn return_to_pool<T>(&self, connection: Connection, reply: redis::RedisResult<T>) -> Result<T, Error> {
        if !reply.as_ref().is_err_and(|error| error.is_io_error()) {
            self.idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(connection);
        }
        reply.map_err(|reason| self.error(reason))
    }

    /// Converts an error of the `redis` crate: an I/O error is [`Error::Unreachable`], an error
    /// that Redis returned is [`Error::Refused`].
    pub fn error(&self, reason: redis::RedisError) -> Error {
        let address = self.address();
        if reason.is_io_error() {
            Error::Unreachable { address, reason }
        } else {
            Error::Refused { address, reason }
        }
    }
}

/// Returns the part of an invalid URL that a message may contain: its scheme. Any other part may
/// belong to a password, for example if that contains an `@` or a `/`.
fn without_password(url: &str) -> String {
    match redis::parse_redis_url(url) {
        Some(url) => format!("{}://…", url.scheme()),
        None => "…".to_owned(),
    }
}
