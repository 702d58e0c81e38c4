//! What a look sees, on a real Redis.

mod bounds;
mod outage;
mod processes;
mod queues;
mod sets;

use lookout::{Lookout, Snapshot};
use testkit::Kit;

/// What somebody sees who looks for the first time.
fn look(kit: &Kit) -> Snapshot {
    lookout(kit).look().unwrap()
}

fn lookout(kit: &Kit) -> Lookout {
    Lookout::new(&kit.url()).unwrap()
}

/// A job by its number, which is its jid.
fn job(number: usize) -> String {
    format!(r#"{{"class":"SlowWorker","args":[{number}],"jid":"{number:024x}","enqueued_at":{number}.5}}"#)
}

/// Numbers of the jobs that are seen.
fn numbers<'a>(jobs: impl IntoIterator<Item = &'a lookout::Job>) -> Vec<usize> {
    jobs.into_iter().map(|job| job.args.parse().unwrap()).collect()
}
