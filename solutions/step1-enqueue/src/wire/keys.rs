//! The names of Sidekiq's keys in Redis.

/// The set of every queue name ever pushed to. A queue that is not in it is invisible to Sidekiq's web pages.
pub const QUEUES: &str = "queues";

/// The list that holds the jobs of the queue `name`: the newest at the head, the next to be performed at the tail.
///
/// ```
/// assert_eq!(step1_enqueue::keys::queue("default"), "queue:default");
/// ```
pub fn queue(name: &str) -> String {
    format!("queue:{name}")
}
