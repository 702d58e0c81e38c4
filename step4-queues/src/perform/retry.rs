//! What becomes of a job that failed.

use serde::{Serialize, Serializer};

use crate::{Failure, Job};

/// How often a job is tried again if nobody says otherwise: Sidekiq's number. By [`delay`], that takes about 20 days.
const DEFAULT_LIMIT: i64 = 25;

/// A count above this is read as this; no limit that makes sense is near it, and it is far from any overflow.
const MAX_COUNT: f64 = 1e6;

/// How many characters of an error's message are kept: Sidekiq's number. A message may hold a whole web page.
const MESSAGE: usize = 10_000;

/// How often a job is tried again: on the wire `true`, a number, or `false`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// `true`: 25 times.
    Yes,
    /// A number: so many times, after the first run. With 0 a job that fails goes to the dead set at once.
    Times(u32),
    /// `false`: never, and a job that fails is forgotten.
    No,
}

impl Retry {
    /// Reads what stands in a payload under `retry`; `None` if it is nothing that can be obeyed, such as `null`, `-1`,
    /// `1.5` or `"yes"`.
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

/// What becomes of a job that failed: the payload as it is to be kept, and where.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It waits in the sorted set `retry`.
    Retry {
        /// The job, with its failure written into it.
        payload: Vec<u8>,
        /// When it is to be performed again, in seconds since 1970 UTC.
        at: f64,
    },
    /// It is given up, and kept in the sorted set `dead` for somebody to look at: the job, with its failure written into
    /// it, or bytes that are no job.
    Dead(Vec<u8>),
    /// It is given up and forgotten.
    Dropped,
}

impl Verdict {
    /// The payload that is to be kept, if one is.
    pub fn payload(&self) -> Option<&[u8]> {
        match self {
            Verdict::Retry { payload, .. } | Verdict::Dead(payload) => Some(payload),
            Verdict::Dropped => None,
        }
    }

    /// For the log: what becomes of the job, seen from `now`, in seconds since 1970 UTC.
    pub fn told(&self, now: f64) -> String {
        match self {
            Verdict::Retry { at, .. } => format!("to be retried in {:.0} s", at - now),
            Verdict::Dead(_) => "given up, and kept in the dead set".to_owned(),
            Verdict::Dropped => "given up, and forgotten".to_owned(),
        }
    }
}

/// Decides what becomes of a job after a failure. Nothing but the arguments counts, so every case can be tried without
/// a clock, a die or a Redis.
///
/// `option` is what the job's worker says about retries; the job's own `retry` goes before it. `now` is in seconds since
/// 1970 UTC; `jitter` is at least 0 and below 1, see [`delay`].
pub fn judge(mut job: Job, failure: &Failure, option: Retry, now: f64, jitter: f64) -> Verdict {
    let limit = match job.raw("retry").and_then(Retry::parse).unwrap_or(option) {
        Retry::Yes => DEFAULT_LIMIT,
        Retry::Times(times) => times.into(),
        Retry::No => return Verdict::Dropped,
    };
    let retried = retry_count(&job);
    let count = retried.map_or(0, |count| count + 1);
    job.record(if retried.is_some() { "retried_at" } else { "failed_at" }, now);
    job.record("retry_count", count);
    let message: String = failure.to_string().chars().take(MESSAGE).collect();
    job.record("error_message", message);
    job.record("error_class", failure.class());
    if let Some(queue) = job.get::<String>("retry_queue").filter(|queue| !queue.is_empty()) {
        job.record("queue", queue);
    }
    let payload = job.to_string().into_bytes();
    if count < limit {
        let at = now + delay(count, jitter);
        Verdict::Retry { payload, at }
    } else if job.get("dead") == Some(false) {
        Verdict::Dropped
    } else {
        Verdict::Dead(payload)
    }
}

/// How long to wait before the next try, in seconds: `count⁴ + 15 + jitter · 10 · (count + 1)`, Sidekiq's formula. `count`
/// is 0 after the first failure. The fourth power gives a passing trouble minutes and a bug weeks; the jitter, at least
/// 0 and below 1, keeps a thousand jobs that failed together from coming back together.
pub fn delay(count: i64, jitter: f64) -> f64 {
    let count = count as f64;
    count.powi(4) + 15.0 + jitter * 10.0 * (count + 1.0)
}

/// How often the job has been retried. -1 is what Sidekiq's API writes when a person retries a job by hand.
fn retry_count(job: &Job) -> Option<i64> {
    let count = job.raw("retry_count")?;
    // As a float, an integer may have any number of digits; beyond the bounds they do not matter.
    let count: f64 = count.parse().ok().filter(|_| !count.contains(['.', 'e', 'E']))?;
    Some(count.clamp(-1.0, MAX_COUNT) as i64)
}
