//! A warning about a Redis that deletes keys.

use redis::cmd;
use sidepunch::Connections;
use tracing::warn;

/// Logs a warning if Redis deletes keys when it is full, because a key may be a queue with all of
/// its jobs. If Redis does not reveal its policy, for example because the user has no right to
/// `INFO`, the program goes without.
pub fn warn_about_eviction(redis: &str) {
    let info = Connections::new(redis).and_then(|connections| {
        connections.with_connection(|connection| cmd("INFO").arg("memory").query::<String>(connection))
    });
    let info = info.unwrap_or_default();
    let policy = info.lines().find_map(|line| line.strip_prefix("maxmemory_policy:"));
    if let Some(policy) = policy.map(str::trim).filter(|policy| *policy != "noeviction") {
        warn!("a full Redis deletes keys, because its maxmemory-policy is {policy}; set it to noeviction");
    }
}
