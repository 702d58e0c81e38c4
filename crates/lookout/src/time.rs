//! Times in seconds since 1970 UTC.

use std::time::{SystemTime, UNIX_EPOCH};

/// Returns the time of this computer, in seconds since 1970 UTC.
pub fn now() -> f64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs_f64()
}

/// Parses a time of a payload and returns it in seconds since 1970 UTC. A float is in seconds, an
/// integer in milliseconds (Sidekiq 8).
pub fn read(json: &str) -> Option<f64> {
    let time: f64 = json.parse().ok()?;
    let milliseconds = json.bytes().all(|byte| byte.is_ascii_digit());
    Some(if milliseconds { time / 1e3 } else { time })
}
