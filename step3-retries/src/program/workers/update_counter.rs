use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sidepunch::{BoxError, Job, Worker};
use ureq::Agent;

/// The maximum duration of one API call. Without it, an API that hangs would block the thread
/// forever.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Changes a counter by one: `[name, "incr" | "decr"]`.
pub struct UpdateCounterWorker {
    http: Agent,
    api: String,
}

impl UpdateCounterWorker {
    /// Creates a worker that calls the API at the URL `api`.
    pub fn new(api: &str) -> UpdateCounterWorker {
        let config = Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            // The body describes the error; ureq's own errors contain only the status.
            .http_status_as_error(false)
            // The API is on this machine, so HTTP_PROXY must not apply.
            .proxy(None);
        UpdateCounterWorker {
            http: config.build().into(),
            api: api.trim_end_matches('/').to_owned(),
        }
    }
}

impl Worker for UpdateCounterWorker {
    const CLASS: &'static str = "UpdateCounterWorker";
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
        let mut request = self.http.put(&url);
        if let Some(jid) = job.jid() {
            // If this job runs again, the API recognizes the key and does not count twice.
            request = request.header("Idempotency-Key", jid);
        }
        let mut response = request
            .send_empty()
            .map_err(|error| format!("no response from {url}: {error}"))?;
        if response.status().is_success() {
            return Ok(());
        }
        let body = response.body_mut().read_to_string().unwrap_or_default();
        Err(format!("{url} responded {}: {}", response.status(), body.trim_end()).into())
    }
}
