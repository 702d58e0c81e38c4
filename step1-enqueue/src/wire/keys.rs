//! The names of Sidekiq's keys in Redis.

/// The set of all queues that have received a job. Sidekiq's Web UI shows only these.
pub const QUEUES: &str = "queues";

/// Returns the list of the jobs of the queue `name`: the newest is at the head, and the next to be
/// performed is at the tail.
///
/// ```
/// assert_eq!(step1_enqueue::keys::queue("default"), "queue:default");
/// ```
pub fn queue(name: &str) -> String {
    format!("queue:{name}")
}
