//! Looks at Redis again and again, on a thread of its own: one that hangs must not keep the keys from being heard.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use lookout::{Inspector, Snapshot};
use redis::{RedisError, RedisResult};

/// The pause between two looks; the page's own.
const POLL_INTERVAL: Duration = Duration::from_millis(200);

/// The pause after one that failed.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// Somebody who looks. Dropping it ends that, at the end of a look.
#[derive(Debug)]
pub struct Poller {
    address: String,
    results: Receiver<Result<Snapshot, String>>,
    _stop: Sender<()>,
}

impl Poller {
    /// Begins to look at the Redis at `url`; it need not be there yet.
    ///
    /// # Errors
    ///
    /// If that is no URL of a Redis.
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

    /// Where Redis is, without a password.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The next look, if it comes within `patience`: what was seen, or a sentence that says why nothing was.
    pub fn next(&self, timeout: Duration) -> Option<Result<Snapshot, String>> {
        self.results.recv_timeout(timeout).ok()
    }
}

fn sentence(error: &RedisError) -> String {
    if error.is_io_error() {
        format!("Redis is away ({error}). Trying again every second.")
    } else {
        format!("Redis refuses to tell ({error}). Trying again every second.")
    }
}
