//! Looks at Redis again and again, on a thread of its own: one that hangs must not keep the keys from being heard.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use lookout::{Inspector, Snapshot};
use redis::{RedisError, RedisResult};

/// The pause between two looks; the page's own.
const PAUSE: Duration = Duration::from_millis(200);

/// The pause after one that failed.
const RETRY: Duration = Duration::from_secs(1);

/// Somebody who looks. Dropping it ends that, at the end of a look.
#[derive(Debug)]
pub struct Watcher {
    address: String,
    looks: Receiver<Result<Snapshot, String>>,
    _over: Sender<()>,
}

impl Watcher {
    /// Begins to look at the Redis at `url`; it need not be there yet.
    ///
    /// # Errors
    ///
    /// If that is no URL of a Redis.
    pub fn start(url: &str) -> RedisResult<Watcher> {
        let mut inspector = Inspector::new(url)?;
        let address = inspector.address().to_string();
        let (sender, looks) = mpsc::channel();
        let (_over, ended) = mpsc::channel::<()>();
        thread::spawn(move || {
            loop {
                let look = inspector.snapshot().map_err(|error| sentence(&error));
                let pause = if look.is_ok() { PAUSE } else { RETRY };
                let heard = sender.send(look).is_ok();
                if !heard || ended.recv_timeout(pause) != Err(RecvTimeoutError::Timeout) {
                    return;
                }
            }
        });
        Ok(Watcher { address, looks, _over })
    }

    /// Where Redis is, without a password.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The next look, if it comes within `patience`: what was seen, or a sentence that says why nothing was.
    pub fn next(&self, patience: Duration) -> Option<Result<Snapshot, String>> {
        self.looks.recv_timeout(patience).ok()
    }
}

fn sentence(error: &RedisError) -> String {
    if error.is_io_error() {
        format!("Redis is away ({error}). Trying again every second.")
    } else {
        format!("Redis refuses to tell ({error}). Trying again every second.")
    }
}
