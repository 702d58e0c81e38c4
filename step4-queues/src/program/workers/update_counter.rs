use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sidepunch::{BoxError, Job, Worker};
use ureq::Agent;

/// How long one call of the API may take. Without a limit, an API that hangs would stop this process for ever.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Changes a counter by one: `[name, "incr" | "decr"]`. Somebody has pressed a button and waits, so it is urgent.
pub struct UpdateCounterWorker {
    http: Agent,
    api: String,
}

impl UpdateCounterWorker {
    /// A worker that calls the API at the URL `api`.
    pub fn new(api: &str) -> UpdateCounterWorker {
        UpdateCounterWorker {
            http: agent(),
            api: api.trim_end_matches('/').to_owned(),
        }
    }
}

/// What calls the API.
pub fn agent() -> Agent {
    let config = Agent::config_builder()
        .timeout_global(Some(TIMEOUT))
        // The API says in the body what was wrong; ureq's own errors know the status only.
        .http_status_as_error(false)
        // The API is on this machine, whatever HTTP_PROXY says.
        .proxy(None);
    config.build().into()
}

impl Worker for UpdateCounterWorker {
    const CLASS: &'static str = "UpdateCounterWorker";
    const QUEUE: &'static str = "critical";
    type Args = (String, String);

    fn perform(&self, (name, change): Self::Args, job: &Job) -> Result<(), BoxError> {
        if !["incr", "decr"].contains(&change.as_str()) {
            return Err(format!("a counter can be changed by \"incr\" or \"decr\", not {change:?}").into());
        }
        let url = format!(
            "{}/counters/{}/{change}",
            self.api,
            utf8_percent_encode(&name, NON_ALPHANUMERIC)
        );
        let mut call = self.http.put(&url);
        if let Some(jid) = job.jid() {
            // The API counts once however often it is called with the same key, should this job run again.
            call = call.header("Idempotency-Key", jid);
        }
        let mut answer = call
            .send_empty()
            .map_err(|error| format!("no answer from {url}: {error}"))?;
        if answer.status().is_success() {
            return Ok(());
        }
        let body = answer.body_mut().read_to_string().unwrap_or_default();
        Err(format!("{url} answered {}: {}", answer.status(), body.trim_end()).into())
    }
}
