//! The client of the counters' API. The page lists and defines counters; only the workers change
//! them.

use std::time::Duration;

use axum::http::{StatusCode, Uri};
use serde::Deserialize;
use ureq::http::Response;
use ureq::{Agent, Body};

use crate::name::Name;
use crate::web::{Error, reason};

/// How long a listing may take; the API answers it at once, whatever its `--latency`.
const LIST_TIMEOUT: Duration = Duration::from_secs(2);

/// How long defining a counter may take: as long as the workers' own calls.
const DEFINE_TIMEOUT: Duration = Duration::from_secs(10);

/// The largest listing that is accepted, in bytes: about 100,000 counters.
const MAX_BYTES: u64 = 10 * 1024 * 1024;

/// The header with the API's latency in milliseconds.
const LATENCY_HEADER: &str = "latency-ms";

/// The API's answer to `GET /counters`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// In the API's order.
    pub counters: Vec<Counter>,
    /// The API's duration of a change; none if it does not report it.
    pub latency: Option<Duration>,
}

impl Listing {
    /// Returns true if a counter of this name is defined.
    pub fn has(&self, name: &Name) -> bool {
        self.counters.iter().any(|counter| counter.name == *name)
    }
}

/// One counter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counter {
    /// Its name.
    pub name: Name,
    /// Its value when it was read.
    pub value: i64,
}

/// A client of the API. Clones share its connections. All calls block.
#[derive(Clone)]
pub struct Counters {
    http: Agent,
    base: String,
}

/// The reason why a counter was not defined.
#[derive(Debug)]
pub struct DefineError {
    /// The status of the page's own response.
    pub status: StatusCode,
    /// The problem, as a sentence for the page.
    pub sentence: String,
}

impl Counters {
    /// Creates a client of the API at `base`.
    ///
    /// # Errors
    /// Returns [`Error::BadApi`] if that is not an `http://host[:port]` URL.
    pub fn new(base: &str) -> Result<Counters, Error> {
        let bad = |reason: &str| Error::BadApi {
            url: masked(base),
            reason: reason.to_owned(),
        };
        let uri: Uri = base
            .parse()
            .map_err(|error| bad(&format!("it is not a URL ({error})")))?;
        if uri.scheme_str() != Some("http") {
            return Err(bad("only http:// is supported"));
        }
        if uri
            .authority()
            .is_none_or(|authority| authority.host().is_empty() || authority.as_str().contains('@'))
        {
            return Err(bad("it must name a host, and no user"));
        }
        if uri.query().is_some() {
            return Err(bad("it must end with a host or a path"));
        }
        // The API is on this computer or near, so a proxy from the environment would not help.
        let config = Agent::config_builder().proxy(None).http_status_as_error(false);
        Ok(Counters {
            http: config.build().into(),
            base: base.trim_end_matches('/').to_owned(),
        })
    }

    /// Lists all counters.
    ///
    /// # Errors
    /// The problem and its effect as one or two sentences for the page; the page tries again.
    pub fn list(&self) -> Result<Listing, String> {
        self.read_list().map_err(|reason| {
            let address = &self.base;
            format!(
                "The counters’ API at {address} cannot be reached ({reason}), so the values may be old. Trying again every second."
            )
        })
    }

    fn read_list(&self) -> Result<Listing, String> {
        let call = self.http.get(format!("{}/counters", self.base));
        let call = call.config().timeout_global(Some(LIST_TIMEOUT)).build();
        let mut answer = call.call().map_err(plain)?;
        if answer.status() != StatusCode::OK {
            return Err(format!("it answered {}", answer.status()));
        }
        let latency = answer
            .headers()
            .get(LATENCY_HEADER)
            .and_then(|value| value.to_str().ok()?.parse().ok());
        let body = read(&mut answer).map_err(plain)?;
        let counters = parse_list(&body).ok_or("its answer is not a list of counters")?;
        Ok(Listing {
            counters,
            latency: latency.map(Duration::from_millis),
        })
    }

    /// Defines a counter. Returns true if it is new, false if it existed.
    ///
    /// # Errors
    /// Returns a [`DefineError`] with a sentence for the page.
    pub fn define(&self, name: &Name) -> Result<bool, DefineError> {
        let call = self.http.put(format!("{}/counters/{}", self.base, name.encoded()));
        let call = call.config().timeout_global(Some(DEFINE_TIMEOUT)).build();
        let mut answer = call.send_empty().map_err(|error| DefineError {
            status: StatusCode::SERVICE_UNAVAILABLE,
            sentence: format!(
                "The counter “{name}” may not have been defined: the counters’ API at {} did not answer ({}). \
                 Once it is back, define it again.",
                self.base,
                plain(error)
            ),
        })?;
        match answer.status() {
            StatusCode::CREATED => Ok(true),
            StatusCode::OK => Ok(false),
            status => {
                let reason = read(&mut answer).ok().and_then(|body| parse_error(&body));
                let reason = reason.map_or_else(String::new, |sentence| format!(": {sentence}"));
                let is_ours = status.is_client_error();
                Err(DefineError {
                    status: if is_ours { status } else { StatusCode::BAD_GATEWAY },
                    sentence: format!("The counters’ API answered {status}{reason}."),
                })
            }
        }
    }
}

fn read(answer: &mut Response<Body>) -> Result<Vec<u8>, ureq::Error> {
    answer.body_mut().with_config().limit(MAX_BYTES).read_to_vec()
}

/// Returns the part of the API's URL that cannot contain a password: its scheme and its host.
fn masked(base: &str) -> String {
    let uri = base.parse::<Uri>().unwrap_or_default();
    match (uri.scheme_str(), uri.host()) {
        (Some(scheme), Some(host)) => format!("{scheme}://{host}"),
        _ => "…".to_owned(),
    }
}

fn plain(error: ureq::Error) -> String {
    match error {
        ureq::Error::Io(error) => reason::plain(&error.to_string()).to_owned(),
        ureq::Error::Timeout(_) => "no answer in time".to_owned(),
        error => error.to_string(),
    }
}

fn parse_list(body: &[u8]) -> Option<Vec<Counter>> {
    #[derive(Deserialize)]
    struct Item {
        name: String,
        value: i64,
    }
    let items: Vec<Item> = serde_json::from_slice(body).ok()?;
    let counter = |Item { name, value }| {
        let name = Name::parse(&name).ok()?;
        Some(Counter { name, value })
    };
    items.into_iter().map(counter).collect()
}

fn parse_error(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Refusal {
        error: String,
    }
    serde_json::from_slice(body).ok().map(|refusal: Refusal| refusal.error)
}
