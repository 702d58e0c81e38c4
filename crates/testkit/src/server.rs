//! A Redis server that one test has for itself.

use std::time::Duration;

use redis::{Value, cmd};

use crate::Kit;

/// The server of a test that began with `kit!(own)`. Made by [`Kit::server`].
///
/// It keeps its data and its port over stops.
pub struct Server<'a> {
    kit: &'a Kit,
}

impl<'a> Server<'a> {
    pub(crate) fn new(kit: &'a Kit) -> Server<'a> {
        Server { kit }
    }

    /// Stops it as `SIGTERM` does; connections are closed, and new ones are refused.
    ///
    /// # Panics
    ///
    /// If it does not stop.
    #[track_caller]
    pub fn stop(&self) {
        self.end(false);
    }

    /// Stops it as `kill -9` does.
    ///
    /// # Panics
    ///
    /// If it does not stop.
    #[track_caller]
    pub fn kill(&self) {
        self.end(true);
    }

    /// Starts it again, with its data, and waits until it answers.
    ///
    /// # Panics
    ///
    /// If it does not come back.
    #[track_caller]
    pub fn start(&self) {
        let redis = &self.kit.database().redis;
        if let Err(reason) = redis.launched.start().and_then(|()| redis.listen()) {
            self.kit
                .fail(&format!("The test's own Redis did not start again: {reason}."));
        }
    }

    /// Stops it as `SIGTERM` does, and starts it again.
    ///
    /// # Panics
    ///
    /// If it does not stop or come back.
    #[track_caller]
    pub fn restart(&self) {
        self.stop();
        self.start();
    }

    /// Lets it answer nobody for this long (`CLIENT PAUSE`); returns at once. The kit's own commands wait, too.
    ///
    /// # Panics
    ///
    /// If it refuses.
    #[track_caller]
    pub fn pause(&self, time: Duration) {
        let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        if let Err(error) = self
            .kit
            .database()
            .query::<Value>(cmd("CLIENT").arg("PAUSE").arg(millis))
        {
            self.kit
                .fail(&format!("The test's own Redis could not be paused: {error}."));
        }
    }

    #[track_caller]
    fn end(&self, kill: bool) {
        let database = self.kit.database();
        // What it was sent so far must be known, for afterwards nobody can be asked.
        let synced = database.sync();
        database.hang_up();
        if let Err(reason) = synced.and_then(|()| database.redis.launched.stop(kill)) {
            self.kit.fail(&format!("The test's own Redis did not stop: {reason}."));
        }
    }
}
