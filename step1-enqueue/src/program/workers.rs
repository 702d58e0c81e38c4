//! The job classes of the counters app.

use sidepunch::Worker;

/// Changes a counter by one: `[name, "incr" | "decr"]`.
pub struct UpdateCounterWorker;

impl Worker for UpdateCounterWorker {
    const CLASS: &'static str = "UpdateCounterWorker";
    type Args = (String, String);
}
