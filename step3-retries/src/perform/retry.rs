//! What becomes of a job that failed.

use serde::{Serialize, Serializer};

use crate::{Failure, Job};

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
pub fn judge(job: Job, failure: &Failure, option: Retry, now: f64, jitter: f64) -> Verdict {
    todo!(
        "task 3.1: at {now}, with jitter {jitter}, decide what becomes of {job} after {failure:?}, if its worker says \
         {option:?}, see docs/step3-retries.md"
    )
}

/// How long to wait before the next try, in seconds: `count⁴ + 15 + jitter · 10 · (count + 1)`, Sidekiq's formula. `count`
/// is 0 after the first failure. The fourth power gives a passing trouble minutes and a bug weeks; the jitter, at least
/// 0 and below 1, keeps a thousand jobs that failed together from coming back together.
pub fn delay(count: i64, jitter: f64) -> f64 {
    todo!("task 3.1: the seconds before retry {count}, with jitter {jitter}, see docs/step3-retries.md")
}
