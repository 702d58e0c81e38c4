//! Ends the wait of a waiter from another connection.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redis::{Cmd, Connection, RedisResult};

use crate::Error;
use crate::wire::Connections;

/// Kills the connection of a waiter from another connection, so that its wait ends. This also works
/// after the connection was lost.
#[derive(Clone, Default)]
pub struct Kill(Arc<Mutex<Option<Cmd>>>);

impl Kill {
    /// Aims at this connection instead of the last one. If Redis does not allow that it is killed,
    /// [`run`](Kill::run) does nothing from now on.
    ///
    /// # Errors
    /// An I/O error. Then this still aims at the last connection.
    pub fn aim_at(&self, connection: &mut Connection) -> RedisResult<()> {
        let kill = kill_command(connection)?;
        *self.lock() = kill;
        Ok(())
    }

    /// Returns true if Redis allows that the connection is killed.
    pub fn is_possible(&self) -> bool {
        self.lock().is_some()
    }

    /// Kills the connection, if Redis allows that.
    ///
    /// # Errors
    /// [`Error::Unreachable`]
    pub fn run(&self, connections: &Connections) -> Result<(), Error> {
        let Some(kill) = self.lock().clone() else {
            return Ok(());
        };
        match connections.with_connection(|connection| kill.exec(connection)) {
            // The Redis user may not have the permission; then the connection is not killed.
            Ok(()) | Err(Error::Refused { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Cmd>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the command that kills this connection from another one, or `None` if Redis does not
/// allow it. The command contains the address, because a restarted Redis gives the same number to
/// another connection.
fn kill_command(connection: &mut Connection) -> RedisResult<Option<Cmd>> {
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
    // A connection cannot kill itself this way, so the attempt only shows whether the user may.
    match kill.exec(connection) {
        Err(error) if error.is_io_error() => Err(error),
        tried => Ok(tried.is_ok().then_some(kill)),
    }
}
