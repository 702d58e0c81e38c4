//! The threads of the pool, and the in-flight lists that they use.

use std::sync::mpsc::channel;
use std::sync::{Arc, Barrier};

use sidepunch::Config;
use testkit::Kit;

use crate::server::{identity, in_flight, push, quick, server};
use crate::support::RunningServer;
use crate::t1_pool::names::Name;

const THREADS: usize = 8;

/// Returns the number of the processor whose list holds the job with this jid.
fn holder(kit: &Kit, jid: &str) -> String {
    let prefix = format!("sidepunch:inflight:{}:", identity(kit));
    let jobs = in_flight(kit);
    let list = jobs.iter().find(|(_, job)| job.contains(jid)).map(|(list, _)| list);
    let holder = list.and_then(|list| list.strip_prefix(&prefix)?.split(':').next());
    holder.unwrap_or_default().trim_end_matches("-waits").to_owned()
}

/// An operator reads in Redis which thread performs a job. Catches: a task for each number, so that
/// a thread has the number of another one.
#[test]
fn each_thread_uses_the_lists_of_its_number() {
    let kit = testkit::kit!();
    let (names, named) = channel();
    let seen = Arc::new(Barrier::new(THREADS + 1));
    let config = Config {
        concurrency: THREADS,
        ..quick(kit.url())
    };
    let running = RunningServer::start(&kit, server(config).register(Name(names, seen.clone())));
    push(
        &kit,
        "default",
        (0..THREADS).map(|number| format!(r#"{{"class":"NameWorker","args":[],"jid":"job {number}"}}"#)),
    );
    let jobs: Vec<_> = (0..THREADS)
        .map(|_| kit.wait_for("each thread performs a job", || named.try_recv().ok()))
        .collect();
    let expected: Vec<_> = jobs
        .iter()
        .map(|(_, jid)| {
            Some(format!(
                "processor-{}",
                holder(&kit, jid.as_deref().unwrap_or_default())
            ))
        })
        .collect();
    seen.wait();
    let names: Vec<_> = jobs.into_iter().map(|(name, _)| name).collect();
    kit.assert_eq("each job is in a list of its thread", names, expected);
    running.stop();
}
