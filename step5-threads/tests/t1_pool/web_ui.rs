//! What Sidekiq's Web UI shows while several processors perform jobs.

use std::time::Duration;

use sidepunch::Config;

use super::config;
use crate::server::{identity, job, push, start};

/// Catches: entries that replace each other, so that only one of the running jobs is shown.
#[test]
fn reports_all_running_jobs_to_the_web_ui() {
    let kit = testkit::kit!();
    let config = Config {
        heartbeat: Duration::from_millis(100),
        ..config(&kit, 3)
    };
    let running = start(&kit, config);
    let identity = identity(&kit);
    let jobs: Vec<String> = (0..3).map(|number| job(number, &["hold"])).collect();
    push(&kit, "default", &jobs);
    running.gate.wait_for("three jobs run at once", 3);
    let busy = || kit.query::<Option<String>>(&["HGET", &identity, "busy"]);
    kit.eventually("three processors are busy", || busy().as_deref() == Some("3"));
    let work: Vec<String> = kit.query(&["HVALS", &format!("{identity}:work")]);
    for job in &jobs {
        let payload = serde_json::json!(job).to_string();
        kit.assert(
            &format!("one entry contains {job}, got {work:?}"),
            work.iter().any(|entry| entry.contains(&payload)),
        );
    }
    running.gate.open();
    running.stop();
}
