//! Reads snapshots of a real Redis.

mod bounds;
mod outage;
mod processes;
mod queues;
mod sets;
mod unreadable;

use lookout::{Inspector, Snapshot};
use testkit::Kit;

/// Returns the first snapshot of a new inspector.
fn snapshot(kit: &Kit) -> Snapshot {
    inspector(kit).snapshot().unwrap()
}

fn inspector(kit: &Kit) -> Inspector {
    Inspector::new(&kit.url()).unwrap()
}

/// Returns the job of a number, which is also its jid.
fn job(number: usize) -> String {
    format!(r#"{{"class":"SlowWorker","args":[{number}],"jid":"{number:024x}","enqueued_at":{number}.5}}"#)
}

/// Returns the numbers of these jobs.
fn numbers<'a>(jobs: impl IntoIterator<Item = &'a lookout::Job>) -> Vec<usize> {
    jobs.into_iter().map(|job| job.args.parse().unwrap()).collect()
}
