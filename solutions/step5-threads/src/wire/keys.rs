//! The names of Sidekiq's keys in Redis, and of ours.

use std::time::{Duration, UNIX_EPOCH};

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
/// assert_eq!(step5_threads::keys::queue("default"), "queue:default");
/// ```
pub fn queue(name: &str) -> String {
    format!("queue:{name}")
}

/// How many jobs were performed, however they ended.
pub const PROCESSED: &str = "stat:processed";

/// How many of them failed.
pub const FAILED: &str = "stat:failed";

/// The same for the day, in UTC, of a time in seconds since 1970. It does not expire by itself.
///
/// ```
/// use step5_threads::keys;
///
/// assert_eq!(keys::of_day(keys::FAILED, 1_795_454_181.5), "stat:failed:2026-11-23");
/// ```
pub fn of_day(counter: &str, seconds: f64) -> String {
    let time = UNIX_EPOCH + Duration::from_secs_f64(seconds);
    let time = humantime::format_rfc3339_seconds(time).to_string();
    format!("{counter}:{}", &time[..10])
}

/// The set of the processes that live, for Sidekiq's pages. They remove those that have not been heard of for a minute, so
/// recovery does not rely on it.
pub const PROCESSES: &str = "processes";

/// The sorted set of processes that may hold jobs; the score is when their lease ends, in seconds since 1970 UTC of *Redis's*
/// clock. Until then no other process touches what they hold.
pub const LEASES: &str = "sidepunch:leases";

/// The hash of the jobs that were in flight during a crash: from payload to the number of crashes.
pub const CRASHES: &str = "sidepunch:crashes";

/// The hash that holds the state of a process: the sequence number of each processor's last call, and which of them performs a
/// suspect.
pub fn state(identity: &str) -> String {
    format!("sidepunch:state:{identity}")
}

/// The set of the in-flight lists of a process, so that recovery need not search the database for them.
pub fn lists(identity: &str) -> String {
    format!("sidepunch:lists:{identity}")
}

/// The hash of the payloads of a crashed process whose crash has been counted.
pub fn counted(identity: &str) -> String {
    format!("sidepunch:counted:{identity}")
}

/// The list of jobs that a holder (a processor, or a waiter for it) has fetched from a queue: the last one at the head, as
/// they would go back.
pub fn in_flight(identity: &str, holder: &str, queue: &str) -> String {
    format!("sidepunch:inflight:{identity}:{holder}:{queue}")
}

/// Returns the queue of the jobs in an in-flight list of this process; `None` if the key is not one.
pub fn queue_of<'a>(list: &'a str, identity: &str) -> Option<&'a str> {
    let holder = list
        .strip_prefix("sidepunch:inflight:")?
        .strip_prefix(identity)?
        .strip_prefix(':')?;
    Some(holder.split_once(':')?.1)
}

/// Returns the holder of the jobs that a waiter brings to this processor.
pub fn waiter_for(processor: usize) -> String {
    format!("{processor}-waits")
}
