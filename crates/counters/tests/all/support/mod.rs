//! Shared by the tests: an HTTP client, a page with its services, deadlines.

pub mod events;
pub mod http;
pub mod recounts;
pub mod site;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

/// The jid that every click gets, unless enqueuing fails.
pub const JID: &str = "0123456789abcdef01234567";

/// The deadline of every wait.
pub const DEADLINE: Duration = Duration::from_secs(10);

/// Waits until `check` holds, and fails with `what` if it never does.
pub fn eventually(what: &str, mut check: impl FnMut() -> bool) {
    let start = Instant::now();
    while !check() {
        assert!(start.elapsed() < DEADLINE, "not within {DEADLINE:?}: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// A directory for one test, removed when dropped.
pub struct Directory(PathBuf);

impl Directory {
    pub fn new() -> Directory {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let path = env::temp_dir().join(format!(
            "counters-{}-{}",
            process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        ));
        fs::create_dir_all(&path).unwrap();
        Directory(path)
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
