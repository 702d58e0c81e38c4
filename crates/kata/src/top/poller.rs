//! Takes snapshots of Redis on a thread of its own, so that a slow Redis does not delay the keys.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use lookout::{Inspector, Snapshot};
use redis::{RedisError, RedisResult};

/// The pause between two snapshots; the same as that of the web page.
const POLL_INTERVAL: Duration = Duration::from_millis(200);

/// The pause after a snapshot that failed.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// Takes snapshots in the background. Dropping it ends this after the current snapshot.
#[derive(Debug)]
pub struct Poller {
    address: String,
    results: Receiver<Result<Snapshot, String>>,
    _stop: Sender<()>,
}

impl Poller {
    /// Starts to take snapshots of the Redis at `url`, which need not be running yet.
    ///
    /// # Errors
    ///
    /// If `url` is not the URL of a Redis.
    pub fn start(url: &str) -> RedisResult<Poller> {
        let mut inspector = Inspector::new(url)?;
        let address = inspector.address().to_string();
        let (sender, results) = mpsc::channel();
        let (_stop, stopped) = mpsc::channel::<()>();
        thread::spawn(move || {
            loop {
                let result = inspector.snapshot().map_err(|error| sentence(&error));
                let pause = if result.is_ok() { POLL_INTERVAL } else { RETRY_DELAY };
                let is_received = sender.send(result).is_ok();
                if !is_received || stopped.recv_timeout(pause) != Err(RecvTimeoutError::Timeout) {
                    return;
                }
            }
        });
        Ok(Poller {
            address,
            results,
            _stop,
        })
    }

    /// Returns the address of Redis, without the password.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Returns the next snapshot, or a sentence with the reason why there is none. Returns `None`
    /// if neither comes within `timeout`.
    pub fn next(&self, timeout: Duration) -> Option<Result<Snapshot, String>> {
        self.results.recv_timeout(timeout).ok()
    }
}

fn sentence(error: &RedisError) -> String {
    if error.is_io_error() {
        format!("Redis cannot be reached ({error}). Trying again every second.")
    } else {
        format!("Redis returns an error ({error}). Trying again every second.")
    }
}
