//! Shared by the tests: an HTTP client, a page with its services, deadlines.

pub mod events;
pub mod http;
pub mod recounts;
pub mod site;

use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// The jid that every click gets, unless enqueuing fails.
pub const JID: &str = "0123456789abcdef01234567";

/// The deadline of every wait.
pub const DEADLINE: Duration = Duration::from_secs(10);

/// Returns the path of a file that does not exist, for one test.
pub fn new_file(name: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let path = format!("{}/{number}-{name}", env!("CARGO_TARGET_TMPDIR"));
    // Left by an earlier run.
    let _ = fs::remove_file(&path);
    path
}
