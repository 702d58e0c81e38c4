use std::thread;
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sidepunch::{BoxError, Job, Worker};
use ureq::Agent;

use super::update_counter::agent;

/// How long a recount takes after the value is read. It simulates reading a long ledger.
const RECOUNT_TIME: Duration = Duration::from_millis(100);

/// Checks a counter: `[name]`. It is not urgent, and there may be thousands of these jobs.
pub struct RecountWorker {
    http: Agent,
    api: String,
}

impl RecountWorker {
    /// Creates a worker that calls the API at the URL `api`.
    pub fn new(api: &str) -> RecountWorker {
        RecountWorker {
            http: agent(),
            api: api.trim_end_matches('/').to_owned(),
        }
    }
}

impl Worker for RecountWorker {
    const CLASS: &'static str = "RecountWorker";
    const QUEUE: &'static str = "low";
    type Args = (String,);

    fn perform(&self, (name,): Self::Args, _: &Job) -> Result<(), BoxError> {
        let url = format!("{}/counters/{}", self.api, utf8_percent_encode(&name, NON_ALPHANUMERIC));
        let request = self.http.get(&url).config().http_status_as_error(true).build().call();
        request.map_err(|error| format!("no counter at {url}: {error}"))?;
        thread::sleep(RECOUNT_TIME);
        Ok(())
    }
}
