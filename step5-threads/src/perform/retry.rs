//! Decides what happens to a failed job.

use serde::{Serialize, Serializer};

use crate::{Failure, Job};

/// The default number of retries, as in Sidekiq. With the backoff of [`delay`], 25 retries take
/// about 20 days.
const DEFAULT_LIMIT: i64 = 25;

/// Larger retry counts are treated as this one. It is far above any sensible limit, and far below
/// an overflow.
const MAX_COUNT: f64 = 1e6;

/// The maximum number of characters of an error message that are stored, as in Sidekiq. A message
/// may contain a whole web page.
const MAX_MESSAGE_CHARS: usize = 10_000;

/// How often a failed job is retried. On the wire it is `true`, a number, or `false`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// `true`: 25 times.
    Yes,
    /// A number: this many times after the first run. With 0, a failed job goes to the dead set at
    /// once.
    Times(u32),
    /// `false`: never. A failed job is discarded.
    No,
}

impl Retry {
    /// Parses the `retry` of a payload. Returns `None` for a value without a meaning, such as
    /// `null`, `-1`, `1.5` or `"yes"`.
    pub fn parse(json: &str) -> Option<Retry> {
        match json {
            "true" => Some(Retry::Yes),
            "false" => Some(Retry::No),
            number => number.parse().ok().map(Retry::Times),
        }
    }
}

impl Serialize for Retry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Retry::Yes => serializer.serialize_bool(true),
            Retry::Times(times) => serializer.serialize_u32(*times),
            Retry::No => serializer.serialize_bool(false),
        }
    }
}

/// The decision about a failed job: where it goes, and the payload to store.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// The job waits in the sorted set `retry`.
    Retry {
        /// The job, with the failure recorded in it.
        payload: Vec<u8>,
        /// When the job is due, as a Unix time in seconds.
        at: f64,
    },
    /// The job is kept in the sorted set `dead`, where a person can inspect it. The payload is the
    /// job with the failure recorded in it, or the entry of a malformed message.
    Dead(Vec<u8>),
    /// The job is discarded.
    Discard,
}

impl Decision {
    /// Describes the decision for the log, as of `now`, a Unix time in seconds.
    pub fn describe(&self, now: f64) -> String {
        match self {
            Decision::Retry { at, .. } => format!("to be retried in {:.0} s", at - now),
            Decision::Dead(_) => "moved to the dead set".to_owned(),
            Decision::Discard => "discarded".to_owned(),
        }
    }
}

/// Decides what happens to a failed job. The result depends only on the arguments, so every case
/// can be tested without a clock, a random number generator or Redis.
///
/// `option` is the `RETRY` of the job's worker; the job's own `retry` takes precedence. `now` is a
/// Unix time in seconds. `jitter` is at least 0 and less than 1, see [`delay`].
pub fn decide(mut job: Job, failure: &Failure, option: Retry, now: f64, jitter: f64) -> Decision {
    let limit = match job.raw("retry").and_then(Retry::parse).unwrap_or(option) {
        Retry::Yes => DEFAULT_LIMIT,
        Retry::Times(times) => times.into(),
        Retry::No => return Decision::Discard,
    };
    let retried = retry_count(&job);
    let count = retried.map_or(0, |count| count + 1);
    job.set_value(if retried.is_some() { "retried_at" } else { "failed_at" }, now);
    job.set_value("retry_count", count);
    let message: String = failure.to_string().chars().take(MAX_MESSAGE_CHARS).collect();
    job.set_value("error_message", message);
    job.set_value("error_class", failure.class());
    if let Some(queue) = job.get::<String>("retry_queue").filter(|queue| !queue.is_empty()) {
        job.set_value("queue", queue);
    }
    let payload = job.to_string().into_bytes();
    let may_retry = deadline(&job).map_or(count < limit, |deadline| now <= deadline);
    if may_retry {
        let at = now + delay(count, jitter);
        Decision::Retry { payload, at }
    } else if job.get("dead") == Some(false) {
        Decision::Discard
    } else {
        Decision::Dead(payload)
    }
}

/// Returns how long to wait before the next attempt, in seconds: `count⁴ + 15 + jitter · 10 ·
/// (count + 1)`, which is Sidekiq's formula. `count` is 0 after the first failure. The fourth power
/// is a backoff: a temporary problem has minutes to pass, and a bug has weeks to be fixed. The
/// jitter, at least 0 and less than 1, prevents a thousand jobs that failed together from being
/// retried together.
pub fn delay(count: i64, jitter: f64) -> f64 {
    let count = count as f64;
    count.powi(4) + 15.0 + jitter * 10.0 * (count + 1.0)
}

/// Returns until when a job with the field `retry_for` (a number of seconds) is retried, as a Unix
/// time in seconds. The time is counted from its first failure. Returns `None` if the job has no
/// valid `retry_for`, or no time of its first failure; then the number of its retries is limited.
pub fn deadline(job: &Job) -> Option<f64> {
    let period: f64 = job.get("retry_for").filter(|period| *period > 0.0)?;
    let failed_at: f64 = job.get("failed_at")?;
    // A float is in seconds. Sidekiq 8 writes an integer of milliseconds.
    let is_float = job.raw("failed_at")?.contains(['.', 'e', 'E']);
    Some(if is_float { failed_at } else { failed_at / 1e3 } + period)
}

/// Returns how often the job has been retried, or `None` if it has not failed before. Sidekiq's API
/// stores -1 when a person retries a job by hand.
fn retry_count(job: &Job) -> Option<i64> {
    let count = job.raw("retry_count")?;
    // Parsed as a float, because the integer may have any number of digits. Out of bounds, its
    // exact value does not matter.
    let count: f64 = count.parse().ok().filter(|_| !count.contains(['.', 'e', 'E']))?;
    Some(count.clamp(-1.0, MAX_COUNT) as i64)
}
