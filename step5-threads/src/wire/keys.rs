//! The names of the keys in Redis: Sidekiq's, and our own.

use std::time::{Duration, UNIX_EPOCH};

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
/// assert_eq!(step5_threads::keys::queue("default"), "queue:default");
/// ```
pub fn queue(name: &str) -> String {
    format!("queue:{name}")
}

/// The number of performed jobs, successful or failed.
pub const PROCESSED: &str = "stat:processed";

/// The number of failed jobs.
pub const FAILED: &str = "stat:failed";

/// Returns the counter of one day: the day in UTC that contains the Unix time `seconds`. The key
/// does not expire by itself.
///
/// ```
/// use step5_threads::keys;
///
/// assert_eq!(keys::daily_stat(keys::FAILED, 1_795_454_181.5), "stat:failed:2026-11-23");
/// ```
pub fn daily_stat(counter: &str, seconds: f64) -> String {
    let time = UNIX_EPOCH + Duration::from_secs_f64(seconds);
    let time = humantime::format_rfc3339_seconds(time).to_string();
    format!("{counter}:{}", &time[..10])
}

/// The set of live processes, for Sidekiq's Web UI. Sidekiq removes a process after a minute
/// without a heartbeat, so recovery does not rely on this set.
pub const PROCESSES: &str = "processes";

/// The sorted set of processes that may hold jobs. The score is the end of the lease, a Unix time
/// in seconds by *Redis's* clock. Until then, no other process touches the jobs.
pub const LEASES: &str = "sidepunch:leases";

/// The hash of jobs that were in flight during a crash, from the payload to the number of crashes.
pub const CRASHES: &str = "sidepunch:crashes";

/// Returns the hash with the state of a process: the sequence number of each processor's last call,
/// and the processor that performs a suspect.
pub fn state(identity: &str) -> String {
    format!("sidepunch:state:{identity}")
}

/// Returns the set of a process's in-flight lists, so that recovery need not search the database.
pub fn lists(identity: &str) -> String {
    format!("sidepunch:lists:{identity}")
}

/// Returns the hash of a crashed process's payloads whose crash has been counted.
pub fn counted(identity: &str) -> String {
    format!("sidepunch:counted:{identity}")
}

/// Returns the list of jobs that a holder (a processor, or a waiter for it) has fetched from a
/// queue. The job that was fetched last is at the head, because it would be requeued first.
pub fn in_flight(identity: &str, holder: &str, queue: &str) -> String {
    format!("sidepunch:inflight:{identity}:{holder}:{queue}")
}

/// Returns the queue of an in-flight list of this process, or `None` if the key is not such a list.
pub fn queue_of<'a>(list: &'a str, identity: &str) -> Option<&'a str> {
    let holder = list
        .strip_prefix("sidepunch:inflight:")?
        .strip_prefix(identity)?
        .strip_prefix(':')?;
    Some(holder.split_once(':')?.1)
}

/// Returns the holder of the jobs that a waiter fetches for this processor.
pub fn waiter_for(processor: usize) -> String {
    format!("{processor}-waits")
}
