//! The names of Sidekiq's keys in Redis.

/// The set of all queues that have received a job. Sidekiq's Web UI shows only these.
pub const QUEUES: &str = "queues";

/// The sorted set of scheduled jobs. The score is the Unix time in seconds when a job is due.
pub const SCHEDULE: &str = "schedule";

/// The sorted set of failed jobs that wait for a retry. The score is the Unix time in seconds when
/// a job is due.
pub const RETRY: &str = "retry";

/// The sorted set of dead jobs. The score is the Unix time in seconds when a job died.
pub const DEAD: &str = "dead";

/// Returns the list of the jobs of the queue `name`: the newest is at the head, and the next to be
/// performed is at the tail.
///
/// ```
/// assert_eq!(step4_queues::keys::queue("default"), "queue:default");
/// ```
pub fn queue(name: &str) -> String {
    format!("queue:{name}")
}
