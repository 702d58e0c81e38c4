//! The names of Sidekiq's keys in Redis.

/// The set of every queue name ever pushed to. A queue that is not in it is invisible to Sidekiq's web pages.
pub const QUEUES: &str = "queues";

/// The sorted set of jobs that were enqueued for later; the score is when they are due, in seconds since 1970 UTC.
pub const SCHEDULE: &str = "schedule";

/// The sorted set of failed jobs that will be tried again; the score is when, in seconds since 1970 UTC.
pub const RETRY: &str = "retry";

/// The sorted set of jobs that were given up; the score is when, in seconds since 1970 UTC.
pub const DEAD: &str = "dead";

/// The list that holds the jobs of the queue `name`: the newest at the head, the next to be performed at the tail.
///
/// ```
/// assert_eq!(step4_queues::keys::queue("default"), "queue:default");
/// ```
pub fn queue(name: &str) -> String {
    format!("queue:{name}")
}
