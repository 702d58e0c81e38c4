//! A pool of connections to Redis.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use redis::{Connection, ConnectionInfo, IntoConnectionInfo, RedisError, RedisResult};

use crate::Error;

/// How long to wait for a connection. On the same network, it takes milliseconds.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// How long to wait for a reply. None of these commands blocks, so only a stalled network or a
/// stalled Redis takes this long.
const READ_TIMEOUT: Duration = Duration::from_secs(5);

/// The errors of a server that cannot do its work: it has become a replica or does not have enough
/// of them, its data is not loaded or cannot be saved.
const OUTAGE_CODES: [&str; 6] = [
    "READONLY",
    "MASTERDOWN",
    "LOADING",
    "NOREPLICAS",
    "MISCONF",
    "UNBLOCKED",
];

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
    /// If Redis is not available on an idle connection (`is_outage`), the commands are run once
    /// more on a new one: Redis may have closed the idle one long ago, after a restart or because
    /// of its setting `timeout`, or the address may lead to another server now. The other idle
    /// connections are as old, so they are closed, too. If Redis has executed the commands, and its
    /// reply was lost or took longer than 5 s, they may be executed twice: for jobs this is better
    /// than never, and Sidekiq does the same.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`].
    pub fn with_connection<T>(&self, commands: impl Fn(&mut Connection) -> RedisResult<T>) -> Result<T, Error> {
        let idle = self.idle().pop();
        if let Some(connection) = idle {
            let (reply, connection) = run_or_close(connection, &commands);
            if connection.is_some() {
                self.idle().extend(connection);
                return reply.map_err(|reason| self.error(reason));
            }
            self.idle().clear();
        }
        let (reply, connection) = run_or_close(self.open(READ_TIMEOUT)?, commands);
        self.idle().extend(connection);
        reply.map_err(|reason| self.error(reason))
    }

    /// Opens a new connection for the caller alone. It waits for a reply for at most
    /// `read_timeout`.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`].
    pub fn open(&self, read_timeout: Duration) -> Result<Connection, Error> {
        let open = || {
            let client = redis::Client::open(self.info.clone())?;
            let mut connection = client.get_connection_with_timeout(CONNECT_TIMEOUT)?;
            // The system accepts a connection to a Redis that hangs. A command that is sent there is
            // executed later, when nobody reads its reply.
            connection.set_read_timeout(Some(CONNECT_TIMEOUT))?;
            match redis::cmd("PING").exec(&mut connection) {
                Err(reason) if reason.is_io_error() => return Err(reason),
                _ => {}
            }
            connection.set_read_timeout(Some(read_timeout))?;
            connection.set_write_timeout(Some(read_timeout))?;
            Ok(connection)
        };
        open().map_err(|reason| self.error(reason))
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Converts an error of the `redis` crate: an I/O error is [`Error::Unreachable`], an error
    /// that Redis returned is [`Error::Refused`].
    pub fn error(&self, reason: RedisError) -> Error {
        let address = self.address();
        if reason.is_io_error() {
            Error::Unreachable { address, reason }
        } else {
            Error::Refused { address, reason }
        }
    }
}

/// Runs commands on a connection. Returns their reply, and the connection unless Redis is not
/// available on it ([`is_outage`]). Such a connection is never used again: a late reply to these
/// commands would be skipped, and with it a job, and a server that has become a replica would
/// refuse all later commands, too.
pub(super) fn run_or_close<T>(
    mut connection: Connection,
    commands: impl FnOnce(&mut Connection) -> RedisResult<T>,
) -> (RedisResult<T>, Option<Connection>) {
    let reply = commands(&mut connection);
    let is_lost = reply.as_ref().is_err_and(is_outage);
    (reply, (!is_lost).then_some(connection))
}

/// Returns true if Redis is not available: it cannot be reached, or one of the commands was
/// rejected with one of the [`OUTAGE_CODES`].
pub fn is_outage(reason: &RedisError) -> bool {
    let errors = reason.clone().into_server_errors().unwrap_or_default();
    reason.is_io_error()
        || errors.iter().any(|(_, error)| {
            // Redis 6 returns the error of a command in a script as a text in its own error.
            let text = error.details().unwrap_or_default();
            let mut codes = OUTAGE_CODES.iter();
            codes.any(|code| error.code() == *code || text.contains(&format!(": -{code} ")))
        })
}

/// Returns the part of an invalid URL that a message may contain: its scheme. Any other part may
/// belong to a password, for example if that contains an `@` or a `/`.
fn without_password(url: &str) -> String {
    match redis::parse_redis_url(url) {
        Some(url) => format!("{}://…", url.scheme()),
        None => "…".to_owned(),
    }
}
