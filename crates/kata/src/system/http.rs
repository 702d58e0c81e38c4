//! HTTP requests to the programs.

use std::time::Duration;

use ureq::Agent;

/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Returns true if a GET of this URL succeeds.
pub fn answers(url: &str) -> bool {
    agent().get(url).call().is_ok_and(|answer| answer.status().is_success())
}

/// Defines a counter. Returns true if it exists now.
pub fn define(api: &str, name: &str) -> bool {
    agent()
        .put(format!("{api}/counters/{name}"))
        .send_empty()
        .is_ok_and(|answer| answer.status().is_success())
}

/// Creates a client without a proxy: the programs listen on this machine, even if the environment
/// names a proxy.
fn agent() -> Agent {
    Agent::config_builder()
        .timeout_global(Some(TIMEOUT))
        .http_status_as_error(false)
        .proxy(None)
        .build()
        .into()
}
