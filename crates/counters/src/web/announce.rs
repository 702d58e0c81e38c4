//! What the page says about the last press or definition. Without a script it travels in the redirect's query.

use std::time::Duration;

use form_urlencoded::{Serializer, parse};

use super::enqueue::Change;
use crate::name::Name;

/// The most characters of a jid that is shown. Sidekiq's have 24.
const LONGEST_JID: usize = 64;

/// Something that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// A press was enqueued.
    Enqueued {
        /// The counter.
        name: Name,
        /// Plus or minus.
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
}

impl Done {
    /// The sentence for the page. `latency` is how long the API says that a change takes.
    pub fn sentence(&self, latency: Option<Duration>) -> String {
        match self {
            Done::Enqueued { name, change, took, .. } => {
                let sign = if *change == Change::Incr { "+1" } else { "−1" };
                let api = latency.map_or_else(String::new, |latency| format!("; the API takes {}", ms(latency)));
                format!("{sign} on “{name}” enqueued in {}{api}.", ms(*took))
            }
            Done::Defined { name, new: true, took } => {
                format!("“{name}” defined in {}: this had to wait for the API.", ms(*took))
            }
            Done::Defined { name, .. } => format!("“{name}” is defined already."),
        }
    }

    /// The job's id, if there is a job.
    pub fn jid(&self) -> Option<&str> {
        match self {
            Done::Enqueued { jid, .. } => Some(jid),
            Done::Defined { .. } => None,
        }
    }

    /// What a `Server-Timing` header says about it, for the browser's tools.
    pub fn timing(&self) -> String {
        let (what, took) = match self {
            Done::Enqueued { took, .. } => ("enqueue", took),
            Done::Defined { took, .. } => ("define", took),
        };
        format!("{what};dur={:.3}", took.as_secs_f64() * 1e3)
    }

    /// The query of the redirect to the page.
    pub fn query(&self) -> String {
        let mut query = Serializer::new(String::new());
        match self {
            Done::Enqueued {
                name,
                change,
                jid,
                took,
            } => query
                .append_pair("done", change.as_str())
                .append_pair("name", name.as_str())
                .append_pair("jid", jid)
                .append_pair("us", &took.as_micros().to_string()),
            Done::Defined { name, new, took } => query
                .append_pair("done", if *new { "defined" } else { "exists" })
                .append_pair("name", name.as_str())
                .append_pair("us", &took.as_micros().to_string()),
        };
        query.finish()
    }

    /// Reads such a query back. Anybody can write a link with one, so nothing is taken that could not be ours.
    pub fn from_query(query: &str) -> Option<Done> {
        let field = |key: &str| {
            parse(query.as_bytes())
                .find(|(name, _)| name == key)
                .map(|(_, value)| value)
        };
        let name = Name::parse(&field("name")?).ok()?;
        let took = Duration::from_micros(field("us")?.parse().ok()?);
        let enqueued = |change| {
            let jid = field("jid")?.into_owned();
            let ours = jid.len() <= LONGEST_JID && jid.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
            ours.then_some(Done::Enqueued {
                name: name.clone(),
                change,
                jid,
                took,
            })
        };
        match &*field("done")? {
            "incr" => enqueued(Change::Incr),
            "decr" => enqueued(Change::Decr),
            "defined" => Some(Done::Defined { name, new: true, took }),
            "exists" => Some(Done::Defined { name, new: false, took }),
            _ => None,
        }
    }
}

/// Milliseconds, with a decimal where it tells something.
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

    fn enqueued() -> Done {
        let (name, jid) = (Name::parse("a&b=é/ü").unwrap(), "0123456789abcdef01234567".to_owned());
        Done::Enqueued {
            name,
            change: Change::Decr,
            jid,
            took: Duration::from_micros(1234),
        }
    }

    #[test]
    fn a_query_carries_it_there_and_back() {
        let defined = |new| Done::Defined {
            name: Name::parse("x y").unwrap(),
            new,
            took: Duration::from_millis(402),
        };
        for done in [enqueued(), defined(true), defined(false)] {
            assert_eq!(
                Done::from_query(&done.query()).as_ref(),
                Some(&done),
                "{}",
                done.query()
            );
        }
    }

    #[test]
    fn a_made_up_query_says_nothing() {
        for query in [
            "",
            "done=incr",
            "done=won&name=x&us=1",
            "done=defined&name=&us=1",
            "done=defined&name=x&us=soon",
            "done=incr&name=x&us=1&jid=%3Cb%3E",
        ] {
            assert_eq!(Done::from_query(query), None, "{query}");
        }
    }

    #[test]
    fn the_sentence_tells_both_times() {
        let sentence = enqueued().sentence(Some(Duration::from_millis(400)));
        assert_eq!(sentence, "−1 on “a&b=é/ü” enqueued in 1.2 ms; the API takes 400 ms.");
        assert_eq!(enqueued().sentence(None), "−1 on “a&b=é/ü” enqueued in 1.2 ms.");
    }
}
