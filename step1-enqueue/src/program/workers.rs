//! The counters app's classes of jobs.

use sidepunch::Worker;

/// Changes a counter by one: `[name, "incr" | "decr"]`.
pub struct UpdateCounterWorker;

impl Worker for UpdateCounterWorker {
    const CLASS: &'static str = "UpdateCounterWorker";
    type Args = (String, String);
}
