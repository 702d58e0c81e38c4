//! The names of the processors' threads.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Barrier};

use sidepunch::{BoxError, Job, Worker};

use super::config;
use crate::server::{job_with, push, server};
use crate::support::RunningServer;

/// Sends the name of its thread and its jid, and waits at the barrier.
pub struct Name(pub Sender<(Option<String>, Option<String>)>, pub Arc<Barrier>);

impl Worker for Name {
    const CLASS: &'static str = "NameWorker";
    type Args = ();

    fn perform(&self, (): Self::Args, job: &Job) -> Result<(), BoxError> {
        let name = std::thread::current().name().map(str::to_owned);
        self.0.send((name, job.jid()))?;
        self.1.wait();
        Ok(())
    }
}

/// A debugger and `top -H` show these names. Catches: threads without a name; names that count from
/// 1.
#[test]
fn names_each_thread_after_its_processor() {
    let kit = testkit::kit!();
    let (names, named) = channel();
    let server = server(config(&kit, 3)).register(Name(names, Arc::new(Barrier::new(3))));
    let running = RunningServer::start(&kit, server);
    let jobs = (0..3).map(|number| job_with(number, &[], serde_json::json!({"class": Name::CLASS, "args": []})));
    push(&kit, "default", jobs);
    let mut names: Vec<Option<String>> = (0..3)
        .map(|_| kit.wait_for("three jobs run at once", || named.try_recv().ok()).0)
        .collect();
    names.sort_unstable();
    let expected: Vec<_> = (0..3).map(|index| Some(format!("processor-{index}"))).collect();
    kit.assert_eq("the threads have the numbers of their processors", names, expected);
    running.stop();
}
