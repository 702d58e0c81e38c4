//! A Redis server that only one test uses.

use std::time::Duration;

use redis::{Value, cmd};

use crate::Kit;

/// The server of a test that began with `kit!(own)`. Made by [`Kit::server`].
///
/// It keeps its data and its port when it is stopped.
pub struct Server<'a> {
    kit: &'a Kit,
}

impl Kit {
    /// Returns this test's own server, which it may stop, pause and start.
    ///
    /// # Panics
    ///
    /// If the kit was not made by `kit!(own)`: the other tests share their server.
    #[track_caller]
    pub fn server(&self) -> Server<'_> {
        if !self.own {
            self.fail("Only a test that begins with kit!(own) has a server of its own to stop or pause.");
        }
        Server { kit: self }
    }
}

impl Server<'_> {
    /// Stops it with `SIGTERM`: connections are closed, and new ones are refused.
    ///
    /// # Panics
    ///
    /// If it does not stop.
    #[track_caller]
    pub fn stop(&self) {
        self.end(false);
    }

    /// Stops it with `SIGKILL`.
    ///
    /// # Panics
    ///
    /// If it does not stop.
    #[track_caller]
    pub fn kill(&self) {
        self.end(true);
    }

    /// Starts it again with its data, and waits until it answers.
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

    /// Stops it with `SIGTERM` and starts it again.
    ///
    /// # Panics
    ///
    /// If it does not stop or come back.
    #[track_caller]
    pub fn restart(&self) {
        self.stop();
        self.start();
    }

    /// Makes it answer no client for this time (`CLIENT PAUSE`); returns at once. The kit's own
    /// commands wait, too.
    ///
    /// # Panics
    ///
    /// If it rejects the command.
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
        // The commands so far must be read now, because a stopped server cannot report them.
        let synced = database.sync();
        database.hang_up();
        if let Err(reason) = synced.and_then(|()| database.redis.launched.stop(kill)) {
            self.kit.fail(&format!("The test's own Redis did not stop: {reason}."));
        }
    }
}
