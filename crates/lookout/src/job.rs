//! A job as it is stored in Redis. It is parsed liberally, so that any message can be shown.

use std::collections::HashMap;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use serde_json::value::RawValue;

use crate::active_job::InnerJob;
use crate::time;

/// The most characters of arguments and messages that are kept: about one line.
const MAX_CHARS: usize = 120;

/// A job. Its `Display` form is a call: `UpdateCounter("hits", "incr")`.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Its exact bytes, by which Redis finds it.
    pub payload: Arc<[u8]>,
    /// Its id. For a message without an id, a number computed from its bytes.
    pub jid: String,
    /// The name of its worker, or what Sidekiq's Web UI shows in its place: the field
    /// `display_class`, or the class of the job inside a wrapper of Active Job. Empty for a
    /// malformed message.
    pub class: String,
    /// Its arguments as JSON without the brackets; for a malformed message, its whole text. Cut to
    /// 120 characters.
    pub args: String,
    /// When it was enqueued, in seconds since 1970, if the job says so.
    pub enqueued_at: Option<f64>,
    /// Its number of failures minus 1: 0 after the first one. None if it never failed.
    pub retry_count: Option<i64>,
    /// The queue that it was pushed to, if the job says so.
    pub queue: Option<String>,
    /// The message of its last failure, cut to 120 characters.
    pub error: Option<String>,
}

impl Job {
    /// Parses a payload. Never fails: a malformed message is shown as its text.
    pub fn read(payload: &[u8]) -> Job {
        let fields: HashMap<String, &RawValue> = serde_json::from_slice(payload).unwrap_or_default();
        let text = |key| serde_json::from_str::<String>(fields.get(key)?.get()).ok();
        let class = text("class").unwrap_or_default();
        let args = fields.get("args").map_or("", |args| args.get());
        let inner = InnerJob::read(&class, text("wrapped").as_deref(), args);
        let args = args
            .strip_prefix('[')
            .and_then(|args| args.strip_suffix(']'))
            .unwrap_or(args);
        let whole = String::from_utf8_lossy(payload);
        Job {
            jid: text("jid").filter(|jid| !jid.is_empty()).unwrap_or_else(|| id(payload)),
            args: cut(match &inner {
                _ if class.is_empty() => &whole,
                Some(InnerJob { args: Some(args), .. }) => args,
                _ => args.trim(),
            }),
            enqueued_at: fields.get("enqueued_at").and_then(|at| time::read(at.get())),
            retry_count: fields.get("retry_count").and_then(|count| count.get().parse().ok()),
            queue: text("queue"),
            error: text("error_message").map(|message| cut(&message)),
            class: text("display_class")
                .filter(|shown| !class.is_empty() && !shown.is_empty())
                .or(inner.map(|inner| inner.class))
                .unwrap_or(class),
            payload: payload.into(),
        }
    }

    /// Returns an id for exactly these bytes, 16 hex digits. Two different jobs with the same jid,
    /// which can exist by mistake, have different ids.
    pub fn id(&self) -> String {
        id(&self.payload)
    }

    /// Returns the class without the suffix `Worker` or `Job`: `UpdateCounter`.
    pub fn short_class(&self) -> &str {
        self.class
            .strip_suffix("Worker")
            .or(self.class.strip_suffix("Job"))
            .filter(|short| !short.is_empty())
            .unwrap_or(&self.class)
    }
}

impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.class.is_empty() {
            write!(f, "malformed: {}", self.args)
        } else {
            write!(f, "{}({})", self.short_class(), self.args)
        }
    }
}

fn id(payload: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    payload.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// Cuts a text to [`MAX_CHARS`] characters.
fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_job_with_unknown_fields() {
        let job = Job::read(
            r#"{"class":"UpdateCounterWorker","args":["hits", 1e2],"jid":"ab","enqueued_at":1795454181.5,"x":[[1]],"retry_count":2,"error_message":"é"}"#
                .as_bytes(),
        );
        assert_eq!(
            (job.short_class(), &*job.args, &*job.jid),
            ("UpdateCounter", "\"hits\", 1e2", "ab")
        );
        assert_eq!((job.enqueued_at, job.retry_count), (Some(1_795_454_181.5), Some(2)));
        assert_eq!(job.error.as_deref(), Some("é"));
    }

    /// The class and the arguments as Sidekiq's Web UI shows them.
    #[test]
    fn shows_the_job_inside_an_active_job() {
        const OLD: &str = "ActiveJob::QueueAdapters::SidekiqAdapter::JobWrapper";
        const NEW: &str = "Sidekiq::ActiveJob::Wrapper";
        let inner = |args: &str| format!(r#"[{{"job_class":"ResizeJob","job_id":"x","arguments":{args}}}]"#);
        let mail =
            r#"["UserMailer","welcome","deliver_now",{"params":{"a":1},"args":[7],"_aj_ruby2_keywords":["args"]}]"#;
        for (fields, args, shown) in [
            (r#""wrapped":"ResizeJob""#, inner(r#"[7, "big"]"#), r#"Resize(7,"big")"#),
            (r#""wrapped":"ResizeJob""#, inner("[]"), "Resize()"),
            (
                r#""wrapped":"ResizeJob""#,
                inner(r#"[{"_aj_globalid":"gid://app/User/1"},{"size":2,"_aj_symbol_keys":["size"]}]"#),
                r#"Resize("gid://app/User/1",{"size":2})"#,
            ),
            (
                r#""wrapped":"ActionMailer::MailDeliveryJob""#,
                inner(mail),
                r#"UserMailer#welcome({"a":1},[7])"#,
            ),
            (
                r#""wrapped":"ActionMailer::DeliveryJob""#,
                inner(r#"["UserMailer","welcome","deliver_now",7]"#),
                "UserMailer#welcome(7)",
            ),
            // Malformed messages are shown as they are.
            (r#""x":1"#, inner("[7]"), "JobWrapper"),
            (r#""wrapped":7"#, inner("[7]"), "JobWrapper"),
            (r#""wrapped":"ResizeJob""#, "[7]".to_owned(), "Resize(7)"),
            (r#""wrapped":"ResizeJob""#, "[]".to_owned(), "Resize()"),
            (
                r#""wrapped":"ActionMailer::DeliveryJob""#,
                inner("[7]"),
                "ActionMailer::Delivery(7)",
            ),
        ] {
            for class in [OLD, NEW] {
                let job = Job::read(format!(r#"{{"class":"{class}",{fields},"args":{args}}}"#).as_bytes());
                let text = job.to_string();
                let expected = if shown == "JobWrapper" { class } else { shown };
                assert!(text.starts_with(expected), "{fields} {args}: {text}");
                assert!(shown == "JobWrapper" || text == expected, "{fields} {args}: {text}");
            }
        }
        let job = Job::read(br#"{"class":"A","display_class":"Shown","wrapped":"B","args":[1]}"#);
        assert_eq!(job.to_string(), "Shown(1)");
    }

    #[test]
    fn shows_a_malformed_message_as_text() {
        for text in ["42", "nonsense", "[1]", "{\"class\":7}", ""] {
            let job = Job::read(text.as_bytes());
            assert_eq!((&*job.class, &*job.args), ("", text));
            assert_eq!(job.jid.len(), 16, "{text}");
        }
        assert_eq!(Job::read(b"\xFFx").args, "\u{FFFD}x");
    }

    #[test]
    fn cuts_long_arguments_between_characters() {
        let job = Job::read(format!(r#"{{"class":"A","args":["{}"]}}"#, "é".repeat(500)).as_bytes());
        assert_eq!(job.args.chars().count(), MAX_CHARS + 1);
    }

    #[test]
    fn distinguishes_two_jobs_with_one_jid() {
        let job = |args: &str| Job::read(format!(r#"{{"class":"A","jid":"1","args":{args}}}"#).as_bytes());
        assert_eq!(job("[1]").jid, job("[2]").jid);
        assert_ne!(job("[1]").id(), job("[2]").id());
    }
}
