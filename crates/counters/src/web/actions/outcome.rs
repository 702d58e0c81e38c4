//! The outcome of an action. A handler returns it in place of a response, and the reply is then
//! written in the form that the client asked for.

use std::time::Duration;

use axum::Extension;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use form_urlencoded::{Serializer, parse};
use lookout::thousands;

use crate::name::Name;
use crate::web::enqueue::Change;

/// The maximum length of a jid that is shown. Sidekiq's have 24.
const MAX_JID_LENGTH: usize = 64;

/// The outcome of an action, as it travels in the extensions of an empty response.
#[derive(Clone)]
pub struct Outcome(pub Result<Success, Problem>);

impl IntoResponse for Success {
    fn into_response(self) -> Response {
        Extension(Outcome(Ok(self))).into_response()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        Extension(Outcome(Err(self))).into_response()
    }
}

/// The reason why a request failed.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The HTTP status.
    pub status: StatusCode,
    /// A sentence for people: the problem, and what to do.
    pub sentence: String,
}

impl Problem {
    /// Creates a problem.
    pub fn new(status: StatusCode, sentence: impl Into<String>) -> Problem {
        let sentence = sentence.into();
        Problem { status, sentence }
    }

    /// Creates the problem of a service that cannot be used now.
    pub fn unavailable(sentence: impl Into<String>) -> Problem {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, sentence)
    }

    /// Creates the problem of a missing job or process, most often because it has moved since the
    /// page was drawn.
    pub fn not_there(what: &str) -> Problem {
        let sentence = format!("{what} is not there any more, so nothing was done.");
        Problem::new(StatusCode::NOT_FOUND, sentence)
    }

    /// Creates the problem of an address without a button.
    pub fn unknown_action() -> Problem {
        Problem::new(StatusCode::NOT_FOUND, "Unknown action.")
    }
}

/// The result of a successful request. Without JavaScript it travels in the redirect's query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Success {
    /// A click on + or − was enqueued.
    Enqueued {
        /// The counter.
        name: Name,
        /// Plus or minus one.
        change: Change,
        /// The job's id.
        jid: String,
        /// How long enqueuing took.
        took: Duration,
    },
    /// A counter was defined.
    Defined {
        /// The counter.
        name: Name,
        /// Whether it is new.
        new: bool,
        /// How long the API took.
        took: Duration,
    },
    /// Recounts were enqueued.
    Recounted {
        /// How many.
        jobs: usize,
        /// How long enqueuing took in total.
        took: Duration,
    },
    /// Another button was clicked.
    Acted {
        /// The result, as a sentence.
        sentence: String,
        /// The Redis commands that were sent, as they would be typed.
        commands: Vec<String>,
    },
}

impl Success {
    /// Returns the sentence for the page. `latency` is the API's duration of a change.
    pub fn sentence(&self, latency: Option<Duration>) -> String {
        match self {
            Success::Enqueued { name, change, took, .. } => {
                let sign = if *change == Change::Incr { "+1" } else { "−1" };
                let api = latency.map_or_else(String::new, |latency| format!("; the API takes {}", ms(latency)));
                format!("{sign} on “{name}” enqueued in {}{api}.", ms(*took))
            }
            Success::Defined { name, new: true, took } => {
                format!("“{name}” defined in {}: this had to wait for the API.", ms(*took))
            }
            Success::Defined { name, .. } => format!("“{name}” is defined already."),
            Success::Recounted { jobs, took } => format!(
                "{} {} enqueued in {}; press +: it does not wait for them.",
                thousands(*jobs),
                if *jobs == 1 { "recount" } else { "recounts" },
                ms(*took)
            ),
            Success::Acted { sentence, .. } => sentence.clone(),
        }
    }

    /// Returns the job's id, if there is a job.
    pub fn jid(&self) -> Option<&str> {
        match self {
            Success::Enqueued { jid, .. } => Some(jid),
            Success::Defined { .. } | Success::Recounted { .. } | Success::Acted { .. } => None,
        }
    }

    /// Returns the commands to show, if any.
    pub fn commands(&self) -> &[String] {
        match self {
            Success::Acted { commands, .. } => commands,
            _ => &[],
        }
    }

    /// Returns the `Server-Timing` header for the browser's developer tools.
    pub fn timing(&self) -> Option<String> {
        let (what, took) = match self {
            Success::Enqueued { took, .. } => ("enqueue", took),
            Success::Defined { took, .. } => ("define", took),
            Success::Recounted { took, .. } => ("recount", took),
            Success::Acted { .. } => return None,
        };
        Some(format!("{what};dur={:.3}", took.as_secs_f64() * 1e3))
    }

    /// Returns the query of the redirect to the page.
    pub fn query(&self) -> String {
        let mut query = Serializer::new(String::new());
        match self {
            Success::Enqueued {
                name,
                change,
                jid,
                took,
            } => query
                .append_pair("done", change.as_str())
                .append_pair("name", name.as_str())
                .append_pair("jid", jid)
                .append_pair("us", &took.as_micros().to_string()),
            Success::Defined { name, new, took } => query
                .append_pair("done", if *new { "defined" } else { "exists" })
                .append_pair("name", name.as_str())
                .append_pair("us", &took.as_micros().to_string()),
            Success::Recounted { jobs, took } => query
                .append_pair("done", "recounted")
                .append_pair("jobs", &jobs.to_string())
                .append_pair("us", &took.as_micros().to_string()),
            // Its result is visible on the page: the job has moved.
            Success::Acted { .. } => &mut query,
        };
        query.finish()
    }

    /// Parses such a query. Any site can link to the page with a query, so only values that the
    /// page could have written are accepted.
    pub fn from_query(query: &str) -> Option<Success> {
        let field = |key: &str| {
            parse(query.as_bytes())
                .find(|(name, _)| name == key)
                .map(|(_, value)| value)
        };
        let took = Duration::from_micros(field("us")?.parse().ok()?);
        let name = || Name::parse(&field("name")?).ok();
        let defined = |new| {
            Some(Success::Defined {
                name: name()?,
                new,
                took,
            })
        };
        let enqueued = |change| {
            let name = name()?;
            let jid = field("jid")?.into_owned();
            let ours = jid.len() <= MAX_JID_LENGTH && jid.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
            ours.then_some(Success::Enqueued {
                name,
                change,
                jid,
                took,
            })
        };
        match &*field("done")? {
            "incr" => enqueued(Change::Incr),
            "decr" => enqueued(Change::Decr),
            "defined" => defined(true),
            "exists" => defined(false),
            "recounted" => Some(Success::Recounted {
                jobs: field("jobs")?.parse().ok()?,
                took,
            }),
            _ => None,
        }
    }
}

/// Formats a time in milliseconds, with a decimal below 10 ms.
fn ms(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1e3;
    if ms < 9.95 {
        format!("{ms:.1} ms")
    } else {
        format!("{ms:.0} ms")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enqueued() -> Success {
        let (name, jid) = (Name::parse("a&b=é/ü").unwrap(), "0123456789abcdef01234567".to_owned());
        Success::Enqueued {
            name,
            change: Change::Decr,
            jid,
            took: Duration::from_micros(1234),
        }
    }

    fn recounted(jobs: usize) -> Success {
        Success::Recounted {
            jobs,
            took: Duration::from_micros(12_345),
        }
    }

    #[test]
    fn round_trips_through_the_query() {
        let defined = |new| Success::Defined {
            name: Name::parse("x y").unwrap(),
            new,
            took: Duration::from_millis(402),
        };
        for done in [enqueued(), defined(true), defined(false), recounted(1_000)] {
            assert_eq!(
                Success::from_query(&done.query()).as_ref(),
                Some(&done),
                "{}",
                done.query()
            );
        }
    }

    #[test]
    fn ignores_a_made_up_query() {
        for query in [
            "",
            "done=incr",
            "done=won&name=x&us=1",
            "done=defined&name=&us=1",
            "done=defined&name=x&us=soon",
            "done=incr&name=x&us=1&jid=%3Cb%3E",
            "done=recounted&us=1",
            "done=recounted&us=1&jobs=-1",
            "done=recounted&us=1&jobs=%3Cb%3E",
            "done=recounted&jobs=1000",
        ] {
            assert_eq!(Success::from_query(query), None, "{query}");
        }
    }

    /// The cases that no test of the page reaches.
    #[test]
    fn names_one_recount_and_a_press_without_a_latency() {
        assert_eq!(enqueued().sentence(None), "−1 on “a&b=é/ü” enqueued in 1.2 ms.");
        assert!(recounted(1).sentence(None).starts_with("1 recount enqueued in 12 ms;"));
        assert_eq!(recounted(1).timing().as_deref(), Some("recount;dur=12.345"));
    }

    #[test]
    fn shows_a_decimal_for_short_times() {
        for (us, text) in [
            (0, "0.0 ms"),
            (1_234, "1.2 ms"),
            (9_940, "9.9 ms"),
            (9_960, "10 ms"),
            (402_000, "402 ms"),
        ] {
            assert_eq!(ms(Duration::from_micros(us)), text);
        }
    }
}
