//! The entry of the dead set for a message that is not a job.

use serde_json::value::RawValue;

use crate::Job;

/// Returns the entry of the dead set for a malformed message that came from `queue`. `now` is a
/// Unix time in seconds.
///
/// Sidekiq's Web UI shows a text that is not JSON, and any JSON object. But its page of dead jobs
/// fails on any other JSON value, such as `42`, until a person deletes the value. So such a value
/// becomes the argument of a job. Every other message stays as it is, byte for byte.
pub fn malformed_entry(message: &[u8], queue: &str, now: f64) -> Vec<u8> {
    let job = wrap(message, queue, now);
    job.map_or_else(|| message.to_owned(), |job| job.to_string().into_bytes())
}

/// Returns a job with the message as its argument. Returns `None` if the message is not JSON, or if
/// it is an object.
fn wrap(message: &[u8], queue: &str, now: f64) -> Option<Job> {
    let value: &RawValue = serde_json::from_slice(message).ok()?;
    if value.get().starts_with('{') {
        return None;
    }
    let mut job = Job::new("MalformedMessage", &[str::from_utf8(message).ok()?]).ok()?;
    job.ensure_jid();
    job.set_value("queue", queue);
    job.set_value("error_class", "InvalidPayload");
    job.set_value("error_message", "the message is a JSON value, but not an object");
    job.set_value("failed_at", now);
    Some(job)
}
