//! An HTTP client for the tests.

use std::time::Duration;

use serde_json::Value;
use ureq::Agent;
use ureq::http::{HeaderMap, Request};

/// A response, whatever its status.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Returns the sentence of a JSON error.
    pub fn error(&self) -> String {
        assert_eq!(self.header("content-type"), "application/json", "{self:?}");
        self.json()["error"]
            .as_str()
            .unwrap_or_else(|| panic!("no error in {self:?}"))
            .to_owned()
    }
}

pub fn get(url: &str) -> Answer {
    send("GET", url, &[], "")
}

pub fn put(url: &str) -> Answer {
    send("PUT", url, &[], "")
}

pub fn put_keyed(url: &str, key: &str) -> Answer {
    send("PUT", url, &[("Idempotency-Key", key)], "")
}

pub fn post(url: &str, form: &str) -> Answer {
    send(
        "POST",
        url,
        &[("Content-Type", "application/x-www-form-urlencoded")],
        form,
    )
}

/// Sends a post like the page's script.
pub fn post_json(url: &str) -> Answer {
    send("POST", url, &[("Accept", "application/json")], "")
}

pub fn send(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let config = Agent::config_builder()
        .proxy(None)
        .http_status_as_error(false)
        .max_redirects(0);
    let agent: Agent = config.timeout_global(Some(Duration::from_secs(20))).build().into();
    let mut request = Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut response = agent.run(request.body(body.to_owned()).unwrap()).unwrap();
    let body = response.body_mut().read_to_string().unwrap();
    Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body,
    }
}
