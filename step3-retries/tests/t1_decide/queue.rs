//! The queue of a job that failed.

use serde_json::json;
use sidepunch::Retry;
use sidepunch::retry::decide;

use super::common::{NOW, boom, job, retried};

/// Catches: a name that is taken from the JSON text, where it is escaped.
#[test]
fn reads_an_escaped_retry_queue() {
    let kit = testkit::kit!();
    let payload = r#"{"class":"A","args":[],"jid":"abc","queue":"default","retry_queue":"caf\u00e9"}"#;
    let (_, payload, _) = retried(&kit, decide(job(payload), &boom(), Retry::Yes, NOW, 0.0));
    kit.assert_eq("its queue is the retry_queue", payload["queue"].clone(), json!("café"));
}

/// Invariant 3. Catches: a queue that is written again, although the job has no retry_queue.
#[test]
fn leaves_the_queue_as_it_is() {
    let kit = testkit::kit!();
    for queue in [r#","queue":"caf\u00e9""#, r#","queue":7"#, ""] {
        let payload = format!(r#"{{"class":"A","args":[],"jid":"abc"{queue}}}"#);
        let (text, ..) = retried(&kit, decide(job(&payload), &boom(), Retry::Yes, NOW, 0.0));
        let is_same = text.contains(queue) && text.contains(r#""queue""#) != queue.is_empty();
        kit.assert(&format!("the queue of {payload} stays, got {text}"), is_same);
    }
}
