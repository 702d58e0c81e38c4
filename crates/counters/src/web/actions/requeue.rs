//! A job that a person sends back to its queue, as Sidekiq's pages write it.

use indexmap::IndexMap;
use serde_json::value::{RawValue, to_raw_value};

/// The job's payload as it enters its queue `now`, in seconds since 1970. What is no JSON object stays as it is.
///
/// It has one retry more than it would have: no failure has brought it there. A first failure counts 0, so one that a
/// person retries at once goes on at -1.
pub fn requeued(payload: &[u8], now: f64) -> Vec<u8> {
    // Keys keep their order, and values their bytes: nothing is lost that only the worker understands.
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
    fn all_else_keeps_its_bytes() {
        assert_eq!(
            text(r#"{"class":"A","args":[1e2,"\/\ud800",18446744073709551617],"enqueued_at":1.5,"x":{"b":1, "a":2}}"#),
            r#"{"class":"A","args":[1e2,"\/\ud800",18446744073709551617],"enqueued_at":1795454182.0,"x":{"b":1, "a":2}}"#
        );
    }

    #[test]
    fn the_failure_before_does_not_count() {
        for (before, after) in [("3", 2), ("0", -1), ("-1", -1)] {
            let job = text(&format!(r#"{{"class":"A","args":[],"retry_count":{before}}}"#));
            assert!(job.contains(&format!(r#""retry_count":{after}"#)), "{job}");
        }
        assert!(!text(r#"{"class":"A","args":[]}"#).contains("retry_count"));
    }

    #[test]
    fn what_is_no_object_stays_as_it_is() {
        for payload in ["42", "", "[1]", "nonsense"] {
            assert_eq!(text(payload), payload);
        }
    }
}
