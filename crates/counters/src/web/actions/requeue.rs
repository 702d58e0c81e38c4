//! Moves a job back to its queue as Sidekiq's Web UI does.

use indexmap::IndexMap;
use serde_json::value::{RawValue, to_raw_value};

/// Returns the job's payload as it enters its queue at `now`, in seconds since 1970. A payload that
/// is not a JSON object is returned unchanged.
///
/// The job gets one more retry, because it is not moved by a failure. `retry_count` 0 means one
/// failure, so a job that is requeued after its first failure continues at -1.
pub fn requeued(payload: &[u8], now: f64) -> Vec<u8> {
    // Fields keep their order, and values their bytes, so that data for the worker is preserved.
    let Ok(mut job) = serde_json::from_slice::<IndexMap<String, Box<RawValue>>>(payload) else {
        return payload.to_vec();
    };
    if let Ok(time) = to_raw_value(&now) {
        job.insert("enqueued_at".to_owned(), time);
    }
    let count = job.get("retry_count").and_then(|count| count.get().parse::<i64>().ok());
    if let Some(Ok(count)) = count.map(|count| to_raw_value(&count.saturating_sub(1).max(-1))) {
        job.insert("retry_count".to_owned(), count);
    }
    serde_json::to_vec(&job).unwrap_or_else(|_| payload.to_vec())
}

#[cfg(test)]
mod tests {
    use super::requeued;

    fn text(payload: &str) -> String {
        String::from_utf8(requeued(payload.as_bytes(), 1_795_454_182.0)).unwrap()
    }

    #[test]
    fn preserves_all_other_bytes() {
        assert_eq!(
            text(r#"{"class":"A","args":[1e2,"\/\ud800",18446744073709551617],"enqueued_at":1.5,"x":{"b":1, "a":2}}"#),
            r#"{"class":"A","args":[1e2,"\/\ud800",18446744073709551617],"enqueued_at":1795454182.0,"x":{"b":1, "a":2}}"#
        );
    }

    #[test]
    fn does_not_count_the_last_failure() {
        for (before, after) in [("3", 2), ("0", -1), ("-1", -1)] {
            let job = text(&format!(r#"{{"class":"A","args":[],"retry_count":{before}}}"#));
            assert!(job.contains(&format!(r#""retry_count":{after}"#)), "{job}");
        }
        assert!(!text(r#"{"class":"A","args":[]}"#).contains("retry_count"));
    }

    #[test]
    fn preserves_a_payload_that_is_not_an_object() {
        for payload in ["42", "", "[1]", "nonsense"] {
            assert_eq!(text(payload), payload);
        }
    }
}
