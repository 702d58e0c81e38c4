//! Asking the programs over HTTP.

use std::time::Duration;

use ureq::Agent;

/// How long one question may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Whether a GET of this address is answered with success.
pub fn answers(url: &str) -> bool {
    agent().get(url).call().is_ok_and(|answer| answer.status().is_success())
}

/// Defines a counter; whether it exists now.
pub fn define(api: &str, name: &str) -> bool {
    agent()
        .put(format!("{api}/counters/{name}"))
        .send_empty()
        .is_ok_and(|answer| answer.status().is_success())
}

/// No proxy: the programs listen on this machine, whatever the environment says about the world outside.
fn agent() -> Agent {
    Agent::config_builder()
        .timeout_global(Some(TIMEOUT))
        .http_status_as_error(false)
        .proxy(None)
        .build()
        .into()
}
